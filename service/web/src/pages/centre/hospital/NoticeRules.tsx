import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { hospitalsApi, type NoticeRule } from "../../../api/hospitals";
import { inWords } from "../../../api/problems";
import { useReader } from "../../../app/session";
import { Answered } from "../../../ui/Answered";
import controls from "../../../ui/controls.module.css";
import { Notice } from "../../../ui/Notice";
import page from "../../../ui/page.module.css";
import { Table } from "../../../ui/Table";
import { useAct } from "../../../ui/useAct";
import { NoticeRuleDialog } from "./NoticeRuleDialog";

const MINUTE_S = 60;

/** Of which findings the hospital is told at once, whom, and who is next when time runs out. */
export function NoticeRules({ hospital }: { hospital: string }): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const queries = useQueryClient();
  const key = ["notice-rules", hospital];
  const asked = useQuery({
    queryKey: [...key, reader.user.language],
    queryFn: ({ signal }) => hospitalsApi.noticeRules(hospital, signal),
    enabled: !reader.locked,
  });
  const [isAdding, setAdding] = useState(false);
  const { isBusy, fault, run } = useAct();
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: key });
  const end = (rule: NoticeRule): void => void run(() => hospitalsApi.endNoticeRule(hospital, rule.id).then(again));
  return (
    <section className={page.card}>
      <h2>{t("hospital.notices")}</h2>
      <p>{t("hospital.noticesHint")}</p>
      <Answered asked={asked} isEmpty={(view) => view.rules.length === 0} empty={<p>{t("hospital.noNotices")}</p>}>
        {(view) => <Rules rules={view.rules} isBusy={isBusy} onEnd={end} />}
      </Answered>
      {fault !== null && <Notice tone="wrong">{inWords(fault, t)}</Notice>}
      <div className={page.acts}>
        <button className={controls.button} disabled={asked.data === undefined} onClick={() => setAdding(true)}>
          {t("hospital.addNotice")}
        </button>
      </div>
      {isAdding && asked.data !== undefined && (
        <NoticeRuleDialog
          hospital={hospital}
          concepts={asked.data.concepts}
          onDone={() => again().then(() => setAdding(false))}
          onClose={() => setAdding(false)}
        />
      )}
    </section>
  );
}

function Rules(props: { rules: NoticeRule[]; isBusy: boolean; onEnd: (rule: NoticeRule) => void }): ReactElement {
  const { t } = useTranslation();
  const heads = [t("hospital.finding"), t("hospital.contact"), t("hospital.escalation"), t("hospital.deadline"), t("centre.acts")];
  return (
    <Table caption={t("hospital.notices")} heads={heads}>
      {props.rules.map((rule) => (
        <tr key={rule.id}>
          <th scope="row">
            {rule.concept.text}
            {rule.least_long_axis_mm !== null && (
              <div className={page.dim}>{t("hospital.fromSize", { mm: rule.least_long_axis_mm })}</div>
            )}
          </th>
          <td>{rule.contact}</td>
          <td>{rule.escalation_contact}</td>
          <td>{t("hospital.minutes", { count: rule.deadline_s / MINUTE_S })}</td>
          <td>
            <button className={page.link} disabled={props.isBusy} onClick={() => props.onEnd(rule)}>
              {t("hospital.endNotice")}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
