import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type HeldEntry, workApi } from "../../api/work";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import { Confirm } from "../../ui/Confirm";
import controls from "../../ui/controls.module.css";
import { Dialog } from "../../ui/Dialog";
import page from "../../ui/page.module.css";
import { Table } from "../../ui/Table";
import { Uid } from "../../ui/Uid";

interface Props {
  id: number;
  onDecided: (text: string) => Promise<void>;
  onClose: () => void;
}

/** Where the two differ, and the decision, which is confirmed by the entry's number. */
export function HeldDialog({ id, onDecided, onClose }: Props): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const [asks, setAsks] = useState<"accept" | "discard" | null>(null);
  const asked = useQuery({
    queryKey: ["held", id, reader.user.language],
    queryFn: ({ signal }) => workApi.held(id, signal),
    enabled: !reader.locked,
  });
  if (asks !== null) {
    return (
      <Confirm
        title={t(`centre.${asks}.title`)}
        typed={String(id)}
        act={t(`centre.${asks}.act`)}
        onAct={async () => onDecided((await workApi[asks](id)).text)}
        onClose={() => setAsks(null)}
      >
        <p>{t(`centre.${asks}.means`)}</p>
      </Confirm>
    );
  }
  return (
    <Dialog title={t("centre.entry", { id })} width="wide" onClose={onClose}>
      <Answered asked={asked}>
        {(entry) => (
          <div className={page.form}>
            <Differences entry={entry} />
            <div className={`${page.acts} ${page.end}`}>
              <button className={controls.button} onClick={() => setAsks("discard")}>
                {t("centre.discard.act")}
              </button>
              <button className={controls.button} onClick={() => setAsks("accept")}>
                {t("centre.accept.act")}
              </button>
            </div>
          </div>
        )}
      </Answered>
    </Dialog>
  );
}

/** As the standard prints it: `(0008,0020)`. */
function printedTag(tag: string): string {
  return tag.replace(/^([0-9A-F]{4})([0-9A-F]{4})$/i, "($1,$2)");
}

function Differences({ entry }: { entry: HeldEntry }): ReactElement {
  const { t } = useTranslation();
  const shown = (value: string | null): ReactElement | string => value ?? <span className={page.dim}>{t("centre.hidden")}</span>;
  return (
    <>
      <dl className={page.facts}>
        <dt>{t("centre.hospital")}</dt>
        <dd>{entry.hospital.name}</dd>
        <dt>{t("centre.instance")}</dt>
        <dd>
          {entry.sop_class} <Uid>{entry.sop_instance_uid}</Uid>
        </dd>
        <dt>{t("centre.why")}</dt>
        <dd>{entry.reason}</dd>
      </dl>
      {!entry.is_served && <p>{t("centre.notServed")}</p>}
      {entry.differences.length > 0 && (
        <Table
          caption={t("centre.differences")}
          heads={[t("centre.attribute"), t("centre.how"), t("centre.served"), t("centre.held")]}
        >
          {entry.differences.map((each) => (
            <tr key={`${each.path} ${each.how}`}>
              <th scope="row">
                {each.path}
                {each.tag !== null && <div className={page.dim}>{printedTag(each.tag)}</div>}
              </th>
              <td>{each.how}</td>
              <td>{shown(each.served)}</td>
              <td>{shown(each.held)}</td>
            </tr>
          ))}
        </Table>
      )}
      <p className={page.hint}>{t("centre.hiddenWhy")}</p>
    </>
  );
}
