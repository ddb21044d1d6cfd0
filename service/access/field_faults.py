"""What is wrong with a field, in two languages, without repeating what the caller wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.manifest import Text
from service.access.problems import FieldFault

MAX_FAULTS: Final = 20
_WORDS: Final[Mapping[str, Text]] = {
    "missing": Text(zh="缺少此字段", en="is missing"),
    "extra_forbidden": Text(zh="不认识的字段", en="is not a known field"),
    "string_type": Text(zh="应为字符串", en="must be a string"),
    "string_too_short": Text(zh="长度至少 {min_length}", en="must have at least {min_length} characters"),
    "string_too_long": Text(zh="长度至多 {max_length}", en="must have at most {max_length} characters"),
    "string_pattern_mismatch": Text(zh="格式应为 {pattern}", en="must match {pattern}"),
    "string_unicode": Text(zh="应为有效的 Unicode 文本", en="must be valid Unicode text"),
    "enum": Text(zh="应为：{expected}", en="must be one of {expected}"),
    "literal_error": Text(zh="应为：{expected}", en="must be one of {expected}"),
    "int_type": Text(zh="应为整数", en="must be an integer"),
    "int_parsing": Text(zh="应为整数", en="must be an integer"),
    "int_parsing_size": Text(zh="数值过大", en="is too large a number"),
    "int_from_float": Text(zh="应为整数", en="must be an integer"),
    "bool_parsing": Text(zh="应为 true 或 false", en="must be true or false"),
    "bool_type": Text(zh="应为 true 或 false", en="must be true or false"),
    "greater_than_equal": Text(zh="不小于 {ge}", en="must be at least {ge}"),
    "less_than_equal": Text(zh="不大于 {le}", en="must be at most {le}"),
    "finite_number": Text(zh="应为有限数值", en="must be a finite number"),
    "list_type": Text(zh="应为数组", en="must be an array"),
    "tuple_type": Text(zh="应为数组", en="must be an array"),
    "too_long": Text(zh="至多 {max_length} 项", en="must have at most {max_length} items"),
    "model_attributes_type": Text(zh="应为 JSON 对象", en="must be a JSON object"),
    "dict_type": Text(zh="应为 JSON 对象", en="must be a JSON object"),
    "date_from_datetime_parsing": Text(zh="应为日期 YYYY-MM-DD", en="must be a date, YYYY-MM-DD"),
    "date_parsing": Text(zh="应为日期 YYYY-MM-DD", en="must be a date, YYYY-MM-DD"),
}
_OTHERWISE: Final = Text(zh="不符合要求", en="is not valid")


class WrongValue(ValueError):
    """Raised by a model's own validators: what is wrong, in two languages."""

    def __init__(self, words: Text) -> None:
        """Words: a sentence without the value itself."""
        super().__init__(words.en)
        self.words = words


def field_faults(errors: Sequence[Mapping[str, Any]]) -> tuple[FieldFault, ...]:
    """The errors of a request that pydantic refused, at most MAX_FAULTS of them."""
    return tuple(FieldFault(_where(error["loc"]), _message(error)) for error in errors[:MAX_FAULTS])


def _where(location: Sequence[str | int]) -> str:
    """Dotted path; a name that is no plain word is the caller's own text and is left out."""
    steps = [str(step) for step in location]
    return ".".join(
        step if step.replace("_", "").replace("-", "").isalnum() and step.isascii() else "?" for step in steps
    )


def _message(error: Mapping[str, Any]) -> Text:
    context: Mapping[str, Any] = error.get("ctx", {})
    fault = context.get("error")
    if isinstance(fault, WrongValue):
        return fault.words
    words = _WORDS.get(error["type"], _OTHERWISE)
    known = {name: str(value) for name, value in context.items()}
    listed = known | {"expected": known.get("expected", "").replace(", ", "、").replace(" or ", " 或 ")}
    return Text(zh=words.zh.format_map(listed), en=words.en.format_map(known))
