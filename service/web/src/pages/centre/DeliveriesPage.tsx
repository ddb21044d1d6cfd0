import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import {
  DELIVERY_FIELDS,
  DELIVERY_STATES,
  type DeliveryFilter,
  type DeliveryView,
  workApi,
} from "../../api/work";
import { moment } from "../../app/format";
import { Answered } from "../../ui/Answered";
import { Earlier } from "../../ui/Earlier";
import { Notice } from "../../ui/Notice";
import page from "../../ui/page.module.css";
import { SelectField } from "../../ui/SelectField";
import { Table } from "../../ui/Table";
import { Tag, type Tone } from "../../ui/Tag";
import { useAct } from "../../ui/useAct";
import { usePages } from "../../ui/usePages";
import { Centre } from "./Centre";
import { StudyCell } from "./StudyCell";

const route = getRouteApi("/centre/deliveries");
const REFRESH_MS = 10_000;
const DELIVERIES = "deliveries";
const TONES: Readonly<Record<string, Tone>> = {
  failed: "wrong",
  parked: "warned",
  delivered: "ok",
  confirmed: "ok",
  cancelled: "off",
};

/** What left the centre, what waits, and why something does not get through. */
export function DeliveriesPage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Centre title={t("centre.tabs.deliveries")}>
      <Sent />
    </Centre>
  );
}

function Sent(): ReactElement {
  const { t } = useTranslation();
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const { asked, items: rows } = usePages(
    [DELIVERIES, ...DELIVERY_FIELDS.map((field) => filter[field] ?? "")],
    (after, signal) => workApi.deliveries(filter, after, signal),
    { refetchInterval: REFRESH_MS },
  );
  const narrow = (next: DeliveryFilter): void => {
    void navigate({ search: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")) });
  };
  const counts = asked.data?.pages[0]?.counts ?? {};
  return (
    <>
      <div className={page.tools}>
        <SelectField label={t("centre.state")} value={filter.state ?? ""} onChange={(state) => narrow({ ...filter, state })}>
          <option value="">{t("common.all")}</option>
          {DELIVERY_STATES.map((state) => (
            <option key={state} value={state}>
              {t("centre.counted", { words: t(`centre.deliveryStates.${state}`), count: counts[state] ?? 0 })}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={t("centre.channel")}
          value={filter.channel ?? ""}
          onChange={(channel) => narrow({ ...filter, channel })}
        >
          <option value="">{t("common.all")}</option>
          <option value="pacs">{t("centre.channels.pacs")}</option>
          <option value="his">{t("centre.channels.his")}</option>
        </SelectField>
      </div>
      <Answered asked={asked} isEmpty={() => rows.length === 0} empty={<p>{t("centre.noDeliveries")}</p>}>
        {() => (
          <>
            <Rows rows={rows} />
            <Earlier label={t("centre.earlier")} asked={asked} />
          </>
        )}
      </Answered>
    </>
  );
}

function Rows({ rows }: { rows: DeliveryView[] }): ReactElement {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { isBusy, fault, run } = useAct();
  const act = (call: (id: string) => Promise<unknown>, id: string): void =>
    void run(async () => {
      await call(id);
      await queries.invalidateQueries({ queryKey: [DELIVERIES] });
    });
  const heads = [t("centre.what"), t("centre.hospital"), t("centre.where"), t("centre.study"), t("centre.made"), t("centre.state"), t("centre.acts")];
  return (
    <>
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
      <Table caption={t("centre.tabs.deliveries")} heads={heads}>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row">{row.what.text}</th>
            <td>{row.hospital.name}</td>
            <td>{row.where ?? <span className={page.dim}>{t("centre.peerGone")}</span>}</td>
            {row.study_instance_uid === null ? <td /> : <StudyCell study={row.study} uid={row.study_instance_uid} />}
            <td className={page.nowrap}>{moment(row.created_at)}</td>
            <td>
              <State row={row} />
            </td>
            <td>
              <div className={page.acts}>
                {row.can_retry && (
                  <button className={page.link} disabled={isBusy} onClick={() => act(workApi.retryDelivery, row.id)}>
                    {t("centre.sendAgain")}
                  </button>
                )}
                {row.can_park && (
                  <button className={page.link} disabled={isBusy} onClick={() => act(workApi.parkDelivery, row.id)}>
                    {t("centre.park")}
                  </button>
                )}
              </div>
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

function State({ row }: { row: DeliveryView }): ReactElement {
  const { t } = useTranslation();
  const isDone = row.delivered_at !== null;
  return (
    <>
      <Tag tone={TONES[row.state.word] ?? "waits"}>{row.state.text}</Tag>
      {isDone && <div className={page.dim}>{moment(row.delivered_at ?? "")}</div>}
      {!isDone && row.attempt > 0 && <div className={page.dim}>{t("centre.attempt", { count: row.attempt })}</div>}
      {!isDone && row.due_at !== null && row.state.word === "pending" && row.attempt > 0 && (
        <div className={page.dim}>{t("centre.nextTry", { at: moment(row.due_at) })}</div>
      )}
      {row.reason !== null && <div>{row.reason}</div>}
    </>
  );
}
