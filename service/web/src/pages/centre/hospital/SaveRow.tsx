import { useQueryClient } from "@tanstack/react-query";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { RoomProblem } from "../../../api/client";
import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { Tag } from "../../../ui/Tag";
import type { Act } from "../../../ui/useAct";
import { hospitalKey, type Part } from "./shared";

interface Props {
  part: Part;
  act: Act;
  /** Whether there is anything to save. */
  isChanged: boolean;
  children?: ReactNode;
}

/** The end of each part's form: save, and why that failed; where somebody else changed it meanwhile, load it again. */
export function SaveRow({ part, act, isChanged, children }: Props): ReactElement {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const isStale = act.fault instanceof RoomProblem && act.fault.status === 409;
  return (
    <>
      {act.fault !== null && <Notice tone="wrong">{inWords(act.fault, t)}</Notice>}
      <div className={page.acts}>
        <button className={`${controls.button} ${controls.primary}`} disabled={act.isBusy || !isChanged}>
          {t("hospital.save")}
        </button>
        {isStale && (
          <button
            type="button"
            className={controls.button}
            onClick={() => void queries.invalidateQueries({ queryKey: hospitalKey(part.hospital.id) })}
          >
            {t("hospital.loadAgain")}
          </button>
        )}
        {children}
        <span role="status">{part.isSaved && !isChanged && <Tag tone="ok">{t("hospital.saved")}</Tag>}</span>
      </div>
    </>
  );
}
