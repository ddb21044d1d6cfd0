import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import {
  type Disagreement,
  disagreementPage,
  EXPLORE_FIELDS,
  type ExploreFilter,
  fileAddress,
} from "../../api/explore";
import { Answered } from "../../ui/Answered";
import controls from "../../ui/controls.module.css";
import { Earlier } from "../../ui/Earlier";
import { Icon } from "../../ui/icons";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { usePages } from "../../ui/usePages";
import styles from "./explore.module.css";
import { probability, scanner, size } from "./figures";
import { Shown } from "./Shown";

/** Where signed judgements differ from what a package said, the newest first. A row opens on its images. */
export function Disagreements({ filter }: { filter: ExploreFilter }): ReactElement {
  const { t } = useTranslation();
  const [opened, setOpened] = useState<Disagreement | null>(null);
  const { asked, items: rows } = usePages(["disagreements", ...EXPLORE_FIELDS.map((field) => filter[field] ?? "")], (after, signal) => disagreementPage(filter, after, signal));
  return (
    <>
      <Answered asked={asked} isEmpty={() => rows.length === 0} empty={<p>{t("explore.noneFound")}</p>}>
        {() => (
          <>
            <div className={page.acts}>
              <span className={page.dim} role="status">
                {t("explore.shown", { count: rows.length })}
              </span>
              {(["csv", "jsonl"] as const).map((form) => (
                <a key={form} className={`${controls.button} ${styles.file}`} href={fileAddress(filter, form)} download>
                  <Icon name="download" /> {t(`explore.files.${form}`)}
                </a>
              ))}
            </div>
            <Rows rows={rows} onOpen={setOpened} />
            <Earlier label={t("explore.earlier")} asked={asked} />
          </>
        )}
      </Answered>
      <p className={page.hint}>{t("explore.defined")}</p>
      {opened !== null && <Shown key={opened.id} row={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

function Rows({ rows, onOpen }: { rows: Disagreement[]; onOpen: (row: Disagreement) => void }): ReactElement {
  const { t } = useTranslation();
  const heads = [
    t("explore.kind"),
    t("explore.finding"),
    t("explore.sizeByPackage"),
    t("explore.sizeByReader"),
    t("explore.probability"),
    t("explore.packageAndMode"),
    t("explore.scanner"),
    t("explore.study"),
  ];
  return (
    <Table caption={t("explore.views.disagreements")} heads={heads}>
      {rows.map((row) => (
        <tr key={row.id}>
          <th scope="row">
            <button className={page.link} onClick={() => onOpen(row)}>
              {t(`explore.kinds.${row.kind}`)}
            </button>
            {row.reason !== null && <div className={page.dim}>{t(`findings.reason.${row.reason}`)}</div>}
          </th>
          <td>
            <Finding row={row} />
          </td>
          <td className={page.nowrap}>{size(row.by_package)}</td>
          <td className={page.nowrap}>{size(row.by_reader)}</td>
          <td className={page.nowrap}>{probability(row.probability)}</td>
          <td>
            {row.package} {row.version}
            <div className={page.dim}>{t(`explore.modes.${row.mode}`)}</div>
          </td>
          <td>{scanner(row)}</td>
          <td className={page.nowrap}>
            <span className={page.mono}>{row.study}</span>
            <div className={page.dim}>
              {row.hospital.name} · {row.signed}
            </div>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Type and place; where both sides name another type, both. */
function Finding({ row: { by_package, by_reader, kind } }: { row: Disagreement }): ReactElement {
  const { t } = useTranslation();
  const word = (type: string | null | undefined): string => type ?? t("explore.otherType");
  const said = by_package ?? by_reader;
  const types = kind === "retyped" ? [word(by_package?.type), word(by_reader?.type)] : [word(said?.type)];
  return (
    <>
      {types.join(" → ")}
      <div className={page.dim}>{said?.place ?? ""}</div>
    </>
  );
}
