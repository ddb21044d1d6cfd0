import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { useReader } from "../../app/session";
import { caseBeside } from "./caseBeside";

/** Goes to the next or the previous examination of the worklist, or tells why not. */
export function useCases(study: string): { told: string | null; to: (by: 1 | -1) => void; hush: () => void } {
  const { t } = useTranslation();
  const { user } = useReader();
  const navigate = useNavigate();
  const [told, setTold] = useState<string | null>(null);
  const to = (by: 1 | -1): void => {
    setTold(null);
    caseBeside(study, user.id, by).then(
      (found) => {
        if (found === null) setTold(by === 1 ? t("reading.noNextCase") : t("reading.noPreviousCase"));
        else void navigate({ to: "/read/$hospital/$study", params: found, search: {} });
      },
      (fault: unknown) => setTold(inWords(fault, t)),
    );
  };
  return { told, to, hush: () => setTold(null) };
}
