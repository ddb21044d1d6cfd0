import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { ImagePlace, KeyImage } from "../../../api/reading";
import controls from "../../../ui/controls.module.css";
import { Icon } from "../../../ui/icons";
import { dicomwebRoot, imagesOf, instancePath } from "../../../viewer/dicomweb";
import type { Slice } from "../../../viewer/slices";
import { sliceAt } from "../findings";
import type { Placed } from "../measures/measureBook";
import { placeInSeries } from "../measures/placeInSeries";
import styles from "./report.module.css";

export interface KeyImagePicturesProps {
  hospital: string;
  study: string;
  marked: readonly KeyImage[];
  /** Of every stack that is shown: they count slices as the image area does. */
  slices: readonly Slice[];
  /** Shows the image in its place. */
  onGo: (image: { sopInstanceUid: string; frame: number }, placed: Placed | undefined) => void;
  /** Absent where the report is settled. */
  onRemove?: (place: ImagePlace) => void;
}

/** The images marked for the report as small pictures; a click goes to the image. */
export function KeyImagePictures({ hospital, study, marked, slices, onGo, onRemove }: KeyImagePicturesProps): ReactElement | null {
  const { t } = useTranslation();
  const uids = [...new Set(marked.map((each) => each.sop_instance_uid))].sort();
  const { data: images } = useQuery({
    queryKey: ["key-images", hospital, study, uids],
    queryFn: ({ signal }) => imagesOf(dicomwebRoot(hospital), study, uids, signal),
    enabled: uids.length > 0,
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
  if (marked.length === 0) return null;
  return (
    <section className={styles.part} aria-label={t("report.keyImages", { count: marked.length })}>
      <h3>{t("report.keyImages", { count: marked.length })}</h3>
      <ul className={styles.pictures}>
        {marked.map((each) => {
          const image = images?.find(({ sopInstanceUid }) => sopInstanceUid === each.sop_instance_uid);
          const slice = slices[sliceAt(slices, each)];
          const words =
            slice !== undefined
              ? t("measures.onSlice", { at: placeInSeries(slice, slices) })
              : image === undefined
                ? t("report.keyImage")
                : t("report.imageNumber", { number: each.frame ?? image.number });
          const frame = each.frame ?? 1;
          return (
            <li key={`${each.sop_instance_uid} ${frame}`}>
              <button
                className={`${controls.button} ${controls.quiet} ${styles.picture}`}
                onClick={() => onGo({ sopInstanceUid: each.sop_instance_uid, frame }, image === undefined ? undefined : { study, series: image.series })}
              >
                {image !== undefined && (
                  <img
                    src={`${dicomwebRoot(hospital)}${instancePath(study, image.series, each.sop_instance_uid)}/frames/${frame}/thumbnail?viewport=192%2C192`}
                    alt=""
                    width="88"
                    height="88"
                    loading="lazy"
                  />
                )}
                {words}
              </button>
              {onRemove !== undefined && (
                <button
                  className={`${controls.button} ${controls.quiet}`}
                  aria-label={t("report.keyImageRemove", { words })}
                  title={t("report.keyImageRemove", { words })}
                  onClick={() => onRemove({ sop_instance_uid: each.sop_instance_uid, frame: each.frame })}
                >
                  <Icon name="close" />
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
