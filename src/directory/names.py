"""Finding boards, schools and buildings by what people remember of them: a code, words of the name, a name of before."""

from kit.filters import Where, searched

# Every word of the folded text is somewhere in the key.
_HOLDS = "NOT EXISTS (SELECT FROM unnest(string_to_array(fold({text}), ' ')) AS word WHERE strpos({key}, word) = 0)"


def named(where: Where, text: str, *, kind: str, alias: str, more: str = "''") -> str:
    """Add the condition that a row of `kind` bears these words, now or before; SQL of the old name that was found (or '').

    `alias` has `code` and `name_key`. A text of digits alone is the start of a code. `more`: SQL of further folded text.
    Raises Invalid for too long a text.
    """
    if not (text := searched(text)):
        return "''"
    if text.isascii() and text.isdigit() and len(text) <= 6:
        where.add(f"starts_with({alias}.code, {{}})", text)
        return "''"
    place = where.argument(text)
    now = _HOLDS.format(text=place, key=f"({alias}.name_key || ' ' || {more})")
    before = f"FROM former_name f WHERE f.kind = '{kind}' AND f.code = {alias}.code AND {_HOLDS.format(text=place, key='f.name_key')}"
    where.parts.append(f"({now} OR EXISTS (SELECT {before}))")
    return f"CASE WHEN {now} THEN '' ELSE (SELECT f.name {before} ORDER BY f.until DESC LIMIT 1) END"
