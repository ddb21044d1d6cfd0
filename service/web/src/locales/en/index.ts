import account from "./account.json";
import audit from "./audit.json";
import common from "./common.json";
import findings from "./findings.json";
import keys from "./keys.json";
import login from "./login.json";
import places from "./places.json";
import reading from "./reading.json";
import report from "./report.json";
import users from "./users.json";
import worklist from "./worklist.json";

/** One file a page; every top-level key stands in one of them. */
export default { ...account, ...audit, ...common, ...findings, ...keys, ...login, ...places, ...reading, ...report, ...users, ...worklist };
