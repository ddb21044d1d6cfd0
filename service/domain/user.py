"""People: who they are, what their role lets them do, and when their licence lets them sign (AC-62, AC-70)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from service.domain.agreement import Refusal
from service.domain.common_passwords import COMMON
from service.domain.hospital import Hospital, Language
from service.domain.licence import SCOPES, Examined, Licence, Withheld
from service.domain.plain_text import is_line
from service.domain.wall import HospitalId

LEAST_PASSWORD_LENGTH: Final = 12
MOST_PASSWORD_LENGTH: Final = 256
_LOGIN: Final = re.compile(r"[\w.@-]{2,64}")
LEAST_OWN_LENGTH: Final = 8
"""What must be left of a password without the login name, common words and repetitions."""


class UserFault(Exception):
    """Base, never raised itself: somebody cannot be set up as asked; nothing was changed."""


class RolesExclude(UserFault):
    """Roles that one person must not hold together."""


class BadLogin(UserFault):
    """A login name is 2 to 64 letters, digits, dots, @, - or _."""


class ScopeUnknown(UserFault):
    """A certificate whose scope covers no modality, with none named: its holder could sign nothing."""


class NotOneLine(UserFault):
    """A text of a certificate that is not one line of plain text: it stands in reports, objects and the record."""


class WeakPassword(UserFault):
    """A password that is too short, too common or the login itself."""


class UserRole(StrEnum):
    """What somebody is in the centre."""

    RADIOLOGIST = "radiologist"
    SENIOR_RADIOLOGIST = "senior-radiologist"
    SCIENTIST = "scientist"
    HOSPITAL = "hospital"
    SYSTEM_ADMIN = "system-admin"
    SECURITY_ADMIN = "security-admin"
    AUDIT_ADMIN = "audit-admin"


class Right(StrEnum):
    """What an operation needs; every route of the room asks for one."""

    READ_STUDIES = "read-studies"
    REVIEW = "review"
    SIGN = "sign"
    AUDIT_REPORTS = "audit-reports"
    FOLLOW_OWN = "follow-own"
    EXPLORE = "explore"
    MANAGE_CENTRE = "manage-centre"
    MANAGE_USERS = "manage-users"
    SEARCH_AUDIT = "search-audit"


_R: Final = UserRole
RIGHTS: Final[Mapping[UserRole, frozenset[Right]]] = MappingProxyType(
    {
        _R.RADIOLOGIST: frozenset({Right.READ_STUDIES, Right.REVIEW, Right.SIGN}),
        _R.SENIOR_RADIOLOGIST: frozenset({Right.READ_STUDIES, Right.REVIEW, Right.SIGN, Right.AUDIT_REPORTS}),
        _R.SCIENTIST: frozenset({Right.EXPLORE}),
        _R.HOSPITAL: frozenset({Right.FOLLOW_OWN}),
        _R.SYSTEM_ADMIN: frozenset({Right.MANAGE_CENTRE}),
        _R.SECURITY_ADMIN: frozenset({Right.MANAGE_USERS}),
        _R.AUDIT_ADMIN: frozenset({Right.SEARCH_AUDIT}),
    }
)
ADMINISTRATORS: Final = frozenset({_R.SYSTEM_ADMIN, _R.SECURITY_ADMIN, _R.AUDIT_ADMIN})
"""Three that exclude each other and everything else: nobody both acts and watches."""


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who signs in. hospitals: those whose patients they see; None for every one of the centre."""

    id: str
    login: str
    name: str
    roles: frozenset[UserRole]
    hospitals: frozenset[HospitalId] | None
    language: Language
    licence: Licence | None
    must_change_password: bool
    has_second_factor: bool
    is_demo: bool
    is_disabled: bool

    @property
    def rights(self) -> frozenset[Right]:
        """Everything their roles let them do."""
        return frozenset(right for role in self.roles for right in RIGHTS[role])

    @property
    def is_administrator(self) -> bool:
        """Whether one of the three administrators, who see no patient's data and always have a second factor."""
        return bool(self.roles & ADMINISTRATORS)

    def may_sign(self, on: date) -> bool:
        """Whether they may put their name to a report on this day: by role and by licence."""
        return Right.SIGN in self.rights and self.licence is not None and self.licence.holds(on)

    def withheld(self, on: date, examined: Examined) -> Withheld | None:
        """Why their certificate does not let them sign this examination on this day; None where it does."""
        return Withheld.NO_CERTIFICATE if self.licence is None else self.licence.withheld(on, examined)

    def signature_refused(self, hospital: Hospital) -> Refusal | None:
        """Why the agreement with a hospital does not have them sign for it; None where it does."""
        sites = frozenset[HospitalId]() if self.licence is None else self.licence.sites
        return hospital.agreement.refuses_signature(hospital.id, sites)

    def may_release(self, on: date) -> bool:
        """Whether a report can be final by their name alone, or by their audit of another's (AC-70, AC-72)."""
        return self.may_sign(on) and self.licence is not None and not self.licence.is_junior


def require_compatible(roles: Collection[UserRole]) -> None:
    """Raises RolesExclude unless the roles can be one person's."""
    if not roles:
        raise RolesExclude(f"give at least one role of {', '.join(UserRole)}")
    if len(set(roles)) > 1 and ADMINISTRATORS & set(roles):
        raise RolesExclude("an administrator has no other role: the three exclude each other and every reading role")
    if len(set(roles)) > 1 and UserRole.HOSPITAL in roles:
        raise RolesExclude("somebody of a hospital has no role of the centre")


def normal_login(text: str) -> str:
    """A login name as it is compared: NFKC, lower case. Raises BadLogin."""
    login = unicodedata.normalize("NFKC", text.strip()).casefold()
    if _LOGIN.fullmatch(login) is None:
        raise BadLogin("a login name has 2 to 64 letters, digits, dots, @, - or _")
    return login


def require_strong(password: str, login: str) -> None:
    """Raises WeakPassword. Length counts, not the kinds of characters (NIST SP 800-63B, 5.1.1.2)."""
    if not LEAST_PASSWORD_LENGTH <= len(password) <= MOST_PASSWORD_LENGTH:
        raise WeakPassword(f"a password has {LEAST_PASSWORD_LENGTH} to {MOST_PASSWORD_LENGTH} characters")
    if len(_own(password, login)) < LEAST_OWN_LENGTH:
        raise WeakPassword("a password that is easily guessed; take several words that belong together for you only")


def _own(password: str, login: str) -> str:
    """What is the person's own of it: no login name, nothing common, nothing said again."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    for each in sorted((login, *COMMON), key=len, reverse=True):
        plain = plain.replace(each, "")
    own = plain
    for length in range(1, len(plain) // 2 + 1):
        unit = plain[:length]
        if (unit * (len(plain) // length + 1)).startswith(plain):
            own = unit
            break
    return own if len(set(own)) >= 5 else ""


def require_plain(licence: Licence) -> None:
    """Raises NotOneLine where a text of the certificate holds a control character."""
    for what, text in (("number", licence.number), ("scope", licence.scope), ("title", licence.title)):
        if not is_line(text):
            raise NotOneLine(f"write the certificate's {what} in one line without control characters")


def require_scope(person_roles: Collection[UserRole], licence: Licence | None) -> None:
    """Raises ScopeUnknown where somebody is to sign with a certificate that covers nothing."""
    signs = any(Right.SIGN in RIGHTS[role] for role in person_roles)
    if signs and licence is not None and not licence.covers:
        raise ScopeUnknown(
            f"what the scope {licence.scope!a} covers is not known here: write it as on the certificate"
            f" ({', '.join(SCOPES)}), or name its modalities (--licence-modality CT)"
        )
