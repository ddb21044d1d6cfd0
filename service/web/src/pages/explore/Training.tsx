import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import page from "../../ui/page.module.css";

/** Commands as they are typed; the words beside them stand in the catalogues. */
const COMMANDS = {
  export: "consilium review export --since 2026-01-01 --json",
  train: "python -m training ct_chest_nodule",
  validate: "make validate",
  list: "consilium models list",
  verify: "consilium models verify",
} as const;

/** Training is done by commands beside the centre; here stand their names. */
export function Training(): ReactElement {
  const { t } = useTranslation();
  return (
    <section className={`${page.card} ${page.read}`}>
      <p>{t("explore.commands")}</p>
      <dl className={page.facts}>
        {(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).map((name) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>
              <code className={page.mono}>{COMMANDS[name]}</code>
            </dt>
            <dd>{t(`explore.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
