import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type NoticeView, openNotices } from "../api/notices";
import styles from "../pages/reading/notices/notices.module.css";
import { clock, useSecondsSince } from "../pages/reading/notices/remaining";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/icons";
import { useReader } from "./session";

const ASKED_EVERY_MS = 10_000;

/** How many urgent findings nobody of a hospital has acknowledged, for whoever reads; nothing while there are none. */
export function OpenNotices(): ReactElement | null {
  const { t } = useTranslation();
  const reader = useReader();
  const [isShown, setShown] = useState(false);
  const { data } = useQuery({
    queryKey: ["notices", reader.user.id, reader.user.language],
    queryFn: ({ signal }) => openNotices(signal),
    enabled: !reader.locked && reader.user.rights.includes("read-studies"),
    refetchInterval: ASKED_EVERY_MS,
    retry: false,
  });
  if (data === undefined || data.count === 0) return null;
  return (
    <>
      <button className={styles.badge} onClick={() => setShown(true)}>
        <Icon name="bell" /> {t("notices.badge", { n: data.count })}
      </button>
      {isShown && (
        <Dialog title={t("notices.openOnes")} onClose={() => setShown(false)}>
          <List items={data.items} onChosen={() => setShown(false)} />
        </Dialog>
      )}
    </>
  );
}

function List({ items, onChosen }: { items: readonly NoticeView[]; onChosen: () => void }): ReactElement {
  const { t } = useTranslation();
  const since = useSecondsSince(items, true);
  return (
    <ul className={styles.list}>
      {items.map((each) => {
        const remaining = each.remaining_s - since;
        const span = clock(remaining);
        return (
          <li key={each.id}>
            <Link
              to="/read/$hospital/$study"
              params={{ hospital: each.hospital.id, study: each.study_instance_uid }}
              search={{}}
              className={styles.entry}
              onClick={onChosen}
            >
              <span>
                <b>{each.patient}</b> {each.finding}
              </span>
              <span className={`${styles.clock} ${remaining < 0 ? styles.late : ""}`}>
                {remaining < 0 ? t("notices.late", { span }) : t("notices.left", { span })}
              </span>
              <small>
                {each.hospital.name} · {each.contact} · {each.state.text}
              </small>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
