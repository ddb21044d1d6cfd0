import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import styles from "../../ui/page.module.css";
import { Tag } from "../../ui/Tag";
import { EnrolTotp } from "../login/EnrolTotp";

/** The authenticator: enrolled here; taken away by the security administrator only, who then lets another be enrolled. */
export function SecondFactor(): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const [isEnrolling, setEnrolling] = useState(false);
  return (
    <section className={styles.card}>
      <h2>{t("account.secondFactor")}</h2>
      {reader.has_second_factor && (
        <>
          <Tag tone="ok">{t("account.enrolled")}</Tag>
          <p>{t("account.renew")}</p>
        </>
      )}
      {!reader.has_second_factor && !isEnrolling && (
        <>
          <Tag tone="off">{t("account.notEnrolled")}</Tag>
          <p>{t("account.whyEnrol")}</p>
          <div className={styles.acts}>
            <button className={controls.button} onClick={() => setEnrolling(true)}>
              {t("login.enrol.title")}
            </button>
          </div>
        </>
      )}
      {!reader.has_second_factor && isEnrolling && <EnrolTotp />}
    </section>
  );
}
