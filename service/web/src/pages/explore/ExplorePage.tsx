import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { EXPLORE_FIELDS, type ExploreFilter, recordPage } from "../../api/explore";
import { Page } from "../../app/Page";
import { useReader } from "../../app/session";
import { Answered } from "../../ui/Answered";
import page from "../../ui/page.module.css";
import { Disagreements } from "./Disagreements";
import { Filter } from "./Filter";
import { Training } from "./Training";
import { PackageCard } from "./PackageCard";

const route = getRouteApi("/explore");
const VIEWS = ["packages", "disagreements", "training"] as const;

/** For data scientists: how packages do on signed studies, where readers disagreed, how packages are made. */
export function ExplorePage(): ReactElement {
  const { t } = useTranslation();
  return (
    <Page title={t("explore.title")} right="explore">
      <Explored />
    </Page>
  );
}

function Explored(): ReactElement {
  const { t } = useTranslation();
  const filter = route.useSearch();
  const chosen = VIEWS.find((each) => each === filter.view) ?? "packages";
  return (
    <>
      <nav className={page.tabs} aria-label={t("explore.title")}>
        {VIEWS.map((view) => (
          <Link
            key={view}
            to="/explore"
            search={{ ...filter, view }}
            aria-current={view === chosen ? "page" : false}
            activeOptions={{ exact: true, includeSearch: true }}
          >
            {t(`explore.views.${view}`)}
          </Link>
        ))}
      </nav>
      {chosen === "training" ? <Training /> : <Signed filter={filter} isList={chosen === "disagreements"} />}
    </>
  );
}

/** What signed studies tell, as counts for each package or one by one. */
function Signed({ filter, isList }: { filter: ExploreFilter; isList: boolean }): ReactElement {
  const { t } = useTranslation();
  const reader = useReader();
  const navigate = route.useNavigate();
  const { hospital, days, since, until } = filter;
  const asked = useQuery({
    queryKey: ["explore", hospital, days, since, until, reader.user.language],
    queryFn: ({ signal }) => recordPage(filter, signal),
    enabled: !reader.locked,
  });
  const narrow = (next: ExploreFilter): void => {
    const given = EXPLORE_FIELDS.map((field) => [field, next[field] ?? ""] as const).filter(([, value]) => value !== "");
    void navigate({ search: Object.fromEntries(given) });
  };
  const { hospitals = [], packages = [] } = asked.data ?? {};
  return (
    <>
      <Filter filter={filter} hospitals={hospitals} packages={packages} isList={isList} onFilter={narrow} />
      {isList ? (
        <Disagreements filter={filter} />
      ) : (
        <Answered asked={asked} isEmpty={(view) => view.packages.length === 0} empty={<p>{t("explore.none")}</p>}>
          {(view) => (
            <>
              {view.packages.map((each) => (
                <PackageCard key={`${each.package} ${each.version}`} record={each} least={view.least_for_a_share} />
              ))}
              <p className={page.hint}>{t("explore.counted", { least: view.least_for_a_share })}</p>
            </>
          )}
        </Answered>
      )}
    </>
  );
}
