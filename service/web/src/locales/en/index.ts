import account from "./account.json";
import audit from "./audit.json";
import centre from "./centre.json";
import common from "./common.json";
import explore from "./explore.json";
import fields from "./fields.json";
import findings from "./findings.json";
import keys from "./keys.json";
import login from "./login.json";
import own from "./own.json";
import notices from "./notices.json";
import open from "./open.json";
import places from "./places.json";
import quality from "./quality.json";
import reading from "./reading.json";
import report from "./report.json";
import users from "./users.json";
import worklist from "./worklist.json";

/** One file a page; every top-level key stands in one of them. */
export default { ...account, ...audit, ...centre, ...common, ...explore, ...fields, ...findings, ...keys, ...login, ...own, ...notices, ...open, ...places, ...quality, ...reading, ...report, ...users, ...worklist };
