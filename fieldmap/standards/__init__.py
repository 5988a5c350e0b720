"""Standards of the field as data: numbers, codes, vocabularies, labels.

Every fact carries its source and how certain it is; what is uncertain is a
setting or is only displayed, never enforced.
"""

from fieldmap.standards.disability import CLASSES, GRADES, Disability, read_disability
from fieldmap.standards.divisions import (
    is_division_code,
    is_grid_code,
    level_of,
    parent_of,
    unit_kind,
    village_of,
)
from fieldmap.standards.identity import IdentityNumber, area_assigned, read_identity, with_check_digit
from fieldmap.standards.labels import label, tag_label
from fieldmap.standards.tags import (
    TAGS,
    ParsedTags,
    TagKind,
    TagMark,
    disability_marks,
    is_restricted,
    merge_marks,
    parse_tags,
)

__all__ = [
    "CLASSES",
    "GRADES",
    "TAGS",
    "Disability",
    "IdentityNumber",
    "ParsedTags",
    "TagKind",
    "TagMark",
    "area_assigned",
    "disability_marks",
    "is_division_code",
    "is_grid_code",
    "is_restricted",
    "label",
    "level_of",
    "merge_marks",
    "parent_of",
    "parse_tags",
    "read_disability",
    "read_identity",
    "tag_label",
    "unit_kind",
    "village_of",
    "with_check_digit",
]
