import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { seriesPath, type SeriesSummary, thumbnailUrl } from "../../viewer/dicomweb";
import styles from "./reading.module.css";

interface Props {
  root: string;
  study: string;
  series: readonly SeriesSummary[];
  chosen: string | undefined;
  onChoose: (uid: string) => void;
}

export function SeriesRail({ root, study, series, chosen, onChoose }: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <nav className={styles.rail} aria-label={t("reading.series")}>
      {series.map((each) => (
        <button
          key={each.uid}
          className={styles.series}
          aria-current={each.uid === chosen}
          onClick={() => onChoose(each.uid)}
        >
          <Thumbnail url={thumbnailUrl(root, seriesPath(study, each.uid))} />
          <span className={styles.seriesName}>{each.description === "" ? t("reading.unknownSeries") : each.description}</span>
          <small>
            {each.modality} · {t("reading.images", { count: each.instances })}
          </small>
        </button>
      ))}
    </nav>
  );
}

/** A series whose picture the centre cannot draw keeps its place, with its words below. */
function Thumbnail({ url }: { url: string }): ReactElement {
  const [isMissing, setMissing] = useState(false);
  if (isMissing) return <span className={styles.noPicture} />;
  return <img src={url} alt="" width="128" height="128" loading="lazy" onError={() => setMissing(true)} />;
}
