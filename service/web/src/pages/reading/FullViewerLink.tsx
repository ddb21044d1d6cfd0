import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { fullViewer, fullViewerAddress } from "../../api/fullViewer";
import type { ReadingView } from "../../api/reading";
import { useReader } from "../../app/session";
import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";

/** Opens the study in the full viewer, in a tab of its own. OHIF shows every mark, so not while marks are kept from the reader. */
export function FullViewerLink({ hospital, study }: { hospital: string; study: string }): ReactElement | null {
  const { t } = useTranslation();
  const reader = useReader();
  const { data: where } = useQuery({
    queryKey: ["full-viewer"],
    queryFn: ({ signal }) => fullViewer(signal),
    enabled: !reader.locked,
    staleTime: 60_000,
    retry: false,
  });
  const { data: view } = useQuery<ReadingView>({
    queryKey: ["reading", hospital, study, reader.user.language],
    enabled: false,
  });
  if (where?.port == null || view === undefined || view.hidden_findings) return null;
  return (
    <a
      className={`${controls.button} ${controls.quiet}`}
      href={fullViewerAddress(window.location.href, where.port, hospital, study)}
      target="_blank"
      rel="noopener"
      title={t("reading.fullViewerHint")}
    >
      <Icon name="window" /> {t("reading.fullViewer")}
    </a>
  );
}
