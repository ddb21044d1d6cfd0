import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type Disagreement, pictureAddress, type PictureWindow, type SideSaid, WINDOWS } from "../../api/explore";
import controls from "../../ui/controls.module.css";
import { Dialog } from "../../ui/Dialog";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import styles from "./explore.module.css";
import { probability, scanner, size } from "./figures";

/** One disagreement on its images, which the centre draws: they carry no name, and cannot be scrolled to others. */
export function Shown({ row, onClose }: { row: Disagreement; onClose: () => void }): ReactElement {
  const { t } = useTranslation();
  const [shown, setShown] = useState<PictureWindow>("own");
  const { kind, reason, by_package: byPackage, by_reader: byReader } = row;
  const title = reason === null ? t(`explore.kinds.${kind}`) : `${t(`explore.kinds.${kind}`)} · ${t(`findings.reason.${reason}`)}`;
  const facts: [string, string][] = [
    [t("explore.byPackage"), byPackage === null ? "–" : words(byPackage, byPackage.type ?? "")],
    [t("explore.byReader"), byReader === null ? "–" : words(byReader, byReader.type ?? t("explore.otherType"))],
    [t("explore.probability"), probability(row.probability)],
    [t("explore.scanner"), scanner(row)],
    [t("explore.study"), row.study],
  ];
  const numbers = Array.from({ length: row.pictures }, (_, at) => at + 1);
  return (
    <Dialog title={title} width="wide" onClose={onClose}>
      <div className={page.form}>
        <dl className={page.facts}>
          {facts.map(([label, value]) => (
            <div key={label} style={{ display: "contents" }}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {row.pictures === 0 && <p className={page.dim}>{t("explore.noImage")}</p>}
        {row.pictures > 0 && (
          <div className={page.acts}>
            <span className={styles.package}>{t("explore.drawnByPackage")}</span>
            <span className={styles.reader}>{t("explore.drawnByReader")}</span>
            {row.modality === "CT" && (
              <div className={controls.switch} role="group" aria-label={t("explore.window")}>
                {WINDOWS.map((each) => (
                  <button key={each} type="button" aria-pressed={each === shown} onClick={() => setShown(each)}>
                    {t(`explore.windows.${each}`)}
                  </button>
                ))}
              </div>
            )}
          </div>
        )}
        <div className={styles.pictures}>
          {numbers.map((number) => (
            <Picture key={number} address={pictureAddress(row.id, number, shown)} number={number} />
          ))}
        </div>
      </div>
    </Dialog>
  );
}

function words(said: SideSaid, type: string): string {
  return [type, said.place ?? "", size(said)].filter((each) => each !== "").join(" · ");
}

function Picture({ address, number }: { address: string; number: number }): ReactElement {
  const { t } = useTranslation();
  const [failed, setFailed] = useState<string | null>(null);
  if (failed === address) return <Notice tone="warned">{t("explore.notShown")}</Notice>;
  return <img src={address} alt={t("explore.picture", { number })} onError={() => setFailed(address)} />;
}
