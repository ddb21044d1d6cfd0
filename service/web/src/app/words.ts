import { useTranslation } from "react-i18next";

import { ROLES, type RoleWord } from "../api/types";

export function isRole(word: string): word is RoleWord {
  return (ROLES as readonly string[]).includes(word);
}

/** Roles as a person reads them; one that this page does not know yet is shown as the centre names it. */
export function useRoleWords(): (roles: readonly string[]) => string {
  const { t } = useTranslation();
  return (roles) => roles.map((role) => (isRole(role) ? t(`roles.${role}`) : role)).join(t("places.comma"));
}
