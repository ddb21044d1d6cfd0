import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { hospitalsApi } from "../../../api/hospitals";
import { inWords } from "../../../api/problems";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { Tag } from "../../../ui/Tag";
import { useAct } from "../../../ui/useAct";

const LOOK_AGAIN_MS = 1_000;
/** A worker takes a test at once; whoever waits this long is told that none seems to run. */
const LONG_MS = 15_000;

/** Tries everything results go to, and says of each what came of it. */
export function ConnectionTest({ hospital }: { hospital: string }): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const [id, setId] = useState<string | null>(null);
  const { isBusy, fault, run } = useAct();
  const asked = useQuery({
    queryKey: ["connection-test", hospital, id, reader.user.language],
    queryFn: ({ signal }) => hospitalsApi.test(hospital, id ?? "", signal),
    enabled: id !== null && !reader.locked,
    refetchInterval: ({ state }) => (state.data?.state === "done" ? false : LOOK_AGAIN_MS),
  });
  const test = id === null ? undefined : asked.data;
  const begin = (): void => void run(async () => setId((await hospitalsApi.beginTest(hospital)).id));
  const isLong = test?.state === "due" && Date.now() - Date.parse(test.requested_at) > LONG_MS;
  const failed = fault ?? asked.error;
  return (
    <div className={page.section} aria-live="polite">
      <div className={page.acts}>
        <button className={controls.button} disabled={isBusy || (id !== null && test?.state !== "done" && failed === null)} onClick={begin}>
          {t("hospital.test")}
        </button>
        {id !== null && test?.state !== "done" && failed === null && <span className={page.dim}>{t("hospital.testing")}</span>}
        {test?.good === true && <Tag tone="ok">{t("hospital.testGood")}</Tag>}
        {test?.good === false && <Tag tone="wrong">{t("hospital.testBad")}</Tag>}
      </div>
      {isLong && <Notice tone="warned">{t("hospital.testWaits")}</Notice>}
      {failed !== null && <Notice tone="wrong">{inWords(failed, t)}</Notice>}
      {test !== undefined && test.lines.length > 0 && (
        <ul>
          {test.lines.map((line) => (
            <li key={line.text}>
              <Tag tone={line.good ? "ok" : "wrong"}>{line.good ? t("hospital.lineGood") : t("hospital.lineBad")}</Tag> {line.text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
