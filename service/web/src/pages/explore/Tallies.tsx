import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { PackageRecord, Tally } from "../../api/explore";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import styles from "./explore.module.css";
import { perStudy, shareOf } from "./figures";

interface Group {
  title: string;
  rows: { name: string; tally: Tally }[];
}

/** Counts of everything, then by size, reading mode and scanner; each group adds up to the first row. */
export function Tallies({ record, least }: { record: PackageRecord; least: number }): ReactElement {
  const { t } = useTranslation();
  const groups: Group[] = [
    { title: "", rows: [{ name: t("explore.all"), tally: record.total }] },
    {
      title: t("explore.bySize"),
      rows: record.by_size.map((tally) => ({ name: t(`explore.sizes.${tally.group}`), tally })),
    },
    {
      title: t("explore.byMode"),
      rows: record.by_mode.map((tally) => ({ name: t(`explore.modes.${tally.group}`), tally })),
    },
    {
      title: t("explore.byScanner"),
      rows: record.by_manufacturer.map((tally) => ({ name: tally.group || t("explore.unknown"), tally })),
    },
  ];
  const heads = [
    t("explore.group"),
    t("explore.studies"),
    t("explore.proposed"),
    t("explore.accepted"),
    t("explore.corrected"),
    t("explore.rejected"),
    t("explore.uncertain"),
    t("explore.unjudged"),
    t("explore.added"),
    t("explore.falseMarks"),
    t("explore.acceptedShare"),
    t("explore.foundShare"),
  ];
  return (
    <div className={styles.counts}>
      <Table caption={t("explore.became", { package: record.title, version: record.version })} heads={heads}>
        {groups
          .filter((group) => group.rows.length > 0)
          .flatMap((group) => [
            group.title !== "" && (
              <tr key={group.title}>
                <th colSpan={heads.length} className={page.dim}>
                  {group.title}
                </th>
              </tr>
            ),
            ...group.rows.map(({ name, tally }) => (
              <Row key={`${group.title} ${name}`} name={name} tally={tally} least={least} />
            )),
          ])}
      </Table>
    </div>
  );
}

function Row({ name, tally, least }: { name: string; tally: Tally; least: number }): ReactElement {
  const stoodFor = tally.accepted + tally.corrected;
  const cells = [
    tally.studies ?? "–",
    tally.proposed,
    tally.accepted,
    tally.corrected,
    tally.false_marks,
    tally.uncertain,
    tally.unjudged,
    tally.added,
    perStudy(tally.false_marks, tally.studies, least),
    shareOf(tally.accepted_share, stoodFor, tally.judged),
    shareOf(tally.found_share, stoodFor, stoodFor + tally.added),
  ];
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, at) => (
        <td key={at} className={page.number}>
          {cell}
        </td>
      ))}
    </tr>
  );
}
