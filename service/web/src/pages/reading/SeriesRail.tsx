import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import type { PriorView } from "../../api/reading";
import { dicomwebRoot, seriesPath, type SeriesSummary, thumbnailUrl } from "../../viewer/dicomweb";
import styles from "./reading.module.css";
import { useStudySeries } from "./useStudySeries";

interface Chosen {
  study: string;
  series: string;
}

interface Props {
  hospital: string;
  study: string;
  series: readonly SeriesSummary[];
  priors: readonly PriorView[];
  /** What is shown somewhere; the first one is the active place's. */
  shown: readonly Chosen[];
  onChoose: (study: string, series: string) => void;
}

const DRAGGED = "application/x-consilium-series";

/** The series that is dragged from the rail; null where something else is. */
export function draggedSeries(transfer: DataTransfer): Chosen | null {
  const [study, series] = transfer.getData(DRAGGED).split(" ");
  return study === undefined || series === undefined ? null : { study, series };
}

/** Series of the study and of earlier ones. A click or a drop puts one into the image area. */
export function SeriesRail({ priors, ...props }: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <nav className={styles.rail} aria-label={t("reading.series")} tabIndex={0}>
      <Thumbnails {...props} />
      {priors.map((prior, at) => (
        <Prior key={prior.study_instance_uid} prior={prior} isNewest={at === 0} {...props} />
      ))}
    </nav>
  );
}

type Shared = Omit<Props, "priors" | "study" | "series">;

/** An earlier examination; its series are asked for when somebody wants to see them. */
function Prior({ prior, isNewest, ...props }: Shared & { prior: PriorView; isNewest: boolean }): ReactElement {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(isNewest);
  const named = [prior.modalities.join(" "), prior.description].filter(Boolean).join(" ");
  return (
    <details className={styles.priorStudy} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary title={named}>
        {t("reading.prior")} {prior.study_date ?? t("reading.noDate")}
        <small>{named}</small>
      </summary>
      {isOpen && <PriorSeries {...props} study={prior.study_instance_uid} />}
    </details>
  );
}

function PriorSeries(props: Shared & { study: string }): ReactElement {
  const { t } = useTranslation();
  const { series, fault } = useStudySeries(props.hospital, props.study);
  if (fault !== null) return <p className={styles.told}>{t("problem.unreachable")}</p>;
  if (series === undefined) return <p className={styles.told}>{t("reading.loadingSeries")}</p>;
  if (series.length === 0) return <p className={styles.told}>{t("reading.noPriorImages")}</p>;
  return <Thumbnails {...props} series={series} />;
}

function Thumbnails({ hospital, study, series, shown, onChoose }: Shared & { study: string; series: readonly SeriesSummary[] }): ReactElement {
  const { t } = useTranslation();
  const [active] = shown;
  return (
    <>
      {series.map((each) => (
        <button
          key={each.uid}
          className={styles.series}
          aria-current={active?.series === each.uid}
          data-shown={shown.some((one) => one.series === each.uid)}
          draggable
          onDragStart={(event) => event.dataTransfer.setData(DRAGGED, `${study} ${each.uid}`)}
          onClick={() => onChoose(study, each.uid)}
        >
          <Thumbnail url={thumbnailUrl(dicomwebRoot(hospital), seriesPath(study, each.uid))} />
          <span className={styles.seriesName}>{each.description === "" ? t("reading.unknownSeries") : each.description}</span>
          <small>
            {each.modality} · {t("reading.images", { count: each.instances })}
          </small>
        </button>
      ))}
    </>
  );
}

/** A series whose picture the centre cannot draw keeps its place, with its words below. */
function Thumbnail({ url }: { url: string }): ReactElement {
  const [isMissing, setMissing] = useState(false);
  if (isMissing) return <span className={styles.noPicture} />;
  return <img src={url} alt="" width="128" height="128" loading="lazy" draggable={false} onError={() => setMissing(true)} />;
}
