import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { useTranslation } from "react-i18next";

import { type Mode, MODES, type PackageRule } from "../../../api/hospitals";
import { packagesApi } from "../../../api/packages";
import { useReader } from "../../../app/session";
import controls from "../../../ui/controls.module.css";
import page from "../../../ui/page.module.css";
import { SelectField } from "../../../ui/SelectField";
import { TextField } from "../../../ui/TextField";
import { listed } from "../figures";
import { DryRun } from "./DryRun";
import { SaveRow } from "./SaveRow";
import { type Part, useSave } from "./shared";

interface RuleDraft {
  key: number;
  package: string;
  modalities: string;
  mode: Mode;
}

/** Which packages read which studies, and how readers work with them; tried on stored studies before it is saved. */
export function Rules(part: Part): ReactElement {
  const { hospital } = part;
  const { t } = useTranslation();
  const reader = useReader();
  const act = useSave(part);
  const installed = useQuery({
    queryKey: ["packages", reader.user.language],
    queryFn: ({ signal }) => packagesApi.installed(signal),
    enabled: !reader.locked,
  });
  const [drafts, setDrafts] = useState<RuleDraft[]>(() =>
    hospital.packages.map((rule, key) => ({ key, package: rule.package, modalities: rule.modalities.join(", "), mode: rule.mode })),
  );
  const [isChanged, setChanged] = useState(false);
  const [tried, setTried] = useState<PackageRule[] | null>(null);
  const names = new Set([...(installed.data?.packages ?? []), ...hospital.packages].map((each) => ("name" in each ? each.name : each.package)));
  const put = (next: RuleDraft[]): void => {
    setDrafts(next);
    setChanged(true);
    setTried(null);
  };
  const set = (key: number, change: Partial<RuleDraft>): void =>
    put(drafts.map((each) => (each.key === key ? { ...each, ...change } : each)));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void act.save({ packages: rulesOf(drafts) });
  };
  const fresh = Math.max(-1, ...drafts.map((each) => each.key)) + 1;
  const unasked = [...names].find((name) => drafts.every((each) => each.package !== name));
  return (
    <form className={page.card} onSubmit={submit} noValidate>
      <h2>{t("hospital.rules")}</h2>
      <p>{drafts.length === 0 ? t("hospital.noRulesHint") : t("hospital.rulesHint")}</p>
      {drafts.map((each) => (
        <Rule key={each.key} draft={each} names={[...names]} onChange={(change) => set(each.key, change)}>
          <button type="button" className={page.link} onClick={() => put(drafts.filter((one) => one.key !== each.key))}>
            {t("hospital.removeRule", { package: each.package })}
          </button>
        </Rule>
      ))}
      <SaveRow part={part} act={act} isChanged={isChanged}>
        <button
          type="button"
          className={controls.button}
          disabled={unasked === undefined}
          onClick={() => put([...drafts, { key: fresh, package: unasked ?? "", modalities: "", mode: "concurrent" }])}
        >
          {t("hospital.addRule")}
        </button>
        <button type="button" className={controls.button} onClick={() => setTried(rulesOf(drafts))}>
          {t("hospital.dryRun")}
        </button>
      </SaveRow>
      {tried !== null && <DryRun key={JSON.stringify(tried)} hospital={hospital.id} rules={tried} />}
    </form>
  );
}

interface RuleProps {
  draft: RuleDraft;
  names: string[];
  onChange: (change: Partial<RuleDraft>) => void;
  children: ReactElement;
}

function Rule({ draft, names, onChange, children }: RuleProps): ReactElement {
  const { t } = useTranslation();
  return (
    <fieldset className={page.group}>
      <legend>{draft.package}</legend>
      <div className={page.columns}>
        <SelectField label={t("centre.package")} value={draft.package} onChange={(chosen) => onChange({ package: chosen })}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("hospital.modalities")}
          value={draft.modalities}
          onChange={(modalities) => onChange({ modalities: modalities.toUpperCase() })}
          autoComplete="off"
        />
        <SelectField
          label={t("hospital.mode")}
          value={draft.mode}
          onChange={(chosen) => onChange({ mode: MODES.find((each) => each === chosen) ?? "concurrent" })}
        >
          {MODES.map((each) => (
            <option key={each} value={each}>
              {t(`hospital.modes.${each}`)}
            </option>
          ))}
        </SelectField>
      </div>
      <div className={page.acts}>{children}</div>
    </fieldset>
  );
}

function rulesOf(drafts: RuleDraft[]): PackageRule[] {
  return drafts.map((each) => ({ package: each.package, modalities: listed(each.modalities), mode: each.mode }));
}
