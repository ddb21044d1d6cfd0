import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { sessionApi } from "../../api/session";
import { moment } from "../../app/format";
import { session, useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Notice } from "../../ui/Notice";
import styles from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { useAct } from "../../ui/useAct";

/** Other browsers one is signed in at, and the way to sign out of all of them. */
export function Elsewhere(): ReactElement {
  const { t } = useTranslation();
  const { elsewhere } = useReader();
  const { isBusy, fault, run } = useAct();
  const end = async (): Promise<void> => {
    await sessionApi.endOthers();
    session.enter(await sessionApi.read());
  };
  return (
    <section className={styles.card}>
      <h2>{t("account.elsewhere")}</h2>
      {elsewhere.length === 0 ? (
        <p>{t("account.nowhereElse")}</p>
      ) : (
        <>
          <Table caption={t("account.elsewhere")} heads={[t("account.address"), t("account.since"), t("account.activeAt")]}>
            {elsewhere.map((each) => (
              <tr key={`${each.since} ${each.address ?? ""}`}>
                <th scope="row">{each.address ?? t("account.unknownAddress")}</th>
                <td>{moment(each.since)}</td>
                <td>{moment(each.active_at)}</td>
              </tr>
            ))}
          </Table>
          <p>{t("account.notYou")}</p>
          <div className={styles.acts}>
            <button className={controls.button} disabled={isBusy} onClick={() => void run(end)}>
              {t("account.endOthers")}
            </button>
          </div>
        </>
      )}
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
    </section>
  );
}
