"""Every template of the repository compiles and keeps to the policy; the skeleton and every part render."""

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, UndefinedError
from jinja2.loaders import ChoiceLoader

from app import templating
from app.templating import asset_url, query_string, template_environment, template_folders
from kit.i18n import use_language

N = "\u00a0"
BUILT = templating.STATIC_FOLDER / "built"
TEMPLATES = sorted(
    (path.relative_to(folder).as_posix(), path) for folder in template_folders() for path in folder.rglob("*.html")
)
WHO = SimpleNamespace(name="Camille Tremblay", email="camille@exemple.qc.ca", language="fr", rights=frozenset())
FIGURES = SimpleNamespace(allocated_cents=215_000, reserved_cents=84_013, committed_cents=0, spent_cents=0)

FORBIDDEN = {
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json[\"'])", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx[-_]on\b", re.IGNORECASE),
    "a js: value": re.compile(r"=\s*[\"'](?:js|javascript):", re.IGNORECASE),
    "a trigger filter": re.compile(r"hx[-_]trigger[^=]*=\s*[\"'][^\"']*\[", re.IGNORECASE),
    "an unescaped value": re.compile(r"\|\s*safe\b|\bautoescape\s+false\b"),
}


@pytest.fixture(scope="module")
def env() -> Environment:
    return template_environment()


def render(env: Environment, source: str, **context: Any) -> str:
    """A small template with the parts at hand, as a noun's fragment has them."""
    return env.from_string('{% import "ui.html" as ui %}' + source).render(context)


def page(env: Environment, content: str = "", **context: Any) -> str:
    child = '{% extends "base.html" %}{% block content %}' + content + "{% endblock %}"
    given = {"page": {"title": "Paniers"}, "who": WHO, "csrf_token": "abc", **context}
    loader = env.loader
    assert loader is not None
    return env.overlay(loader=ChoiceLoader([loader, DictLoader({"child": child})])).get_template("child").render(given)


def test_there_are_templates() -> None:
    assert {"base.html", "ui.html", "error.html"} <= {name for name, _path in TEMPLATES}


@pytest.mark.parametrize(("name", "path"), TEMPLATES, ids=[name for name, _path in TEMPLATES])
def test_a_template_compiles_and_keeps_to_the_content_policy(env: Environment, name: str, path: Path) -> None:
    env.get_template(name)
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(source)] == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        "<script>alert(1)</script>",
        '<a onclick="x()">',
        '<a hx-on:click="x()">',
        "<a href='javascript:x()'>",
        '<a hx-trigger="click[ctrlKey]">',
        "{{ name | safe }}",
    ],
)
def test_the_content_policy_check_sees_each_fault(bad: str) -> None:
    assert any(pattern.search(bad) for pattern in FORBIDDEN.values())


def test_no_two_templates_share_a_name() -> None:
    names = [name for name, _path in TEMPLATES]
    assert len(names) == len(set(names))


def test_the_skeleton_says_who_where_and_what(env: Environment) -> None:
    html = page(
        env,
        page={
            "title": "Plancher d'équipements",
            "school_name": "École Victor-Côté (711009)",
            "answer": "Il manque 6 appareils.",
            "breadcrumb": [("Écoles", "/schools"), ("Plancher", None)],
        },
        nav=[("Mon travail", "/", True)],
        flash=[("success", "Panier soumis.")],
        theme="dark",
        answer_status="below",
    )
    assert "<title>Plancher d&#39;équipements – École Victor-Côté (711009) – Équipement des écoles</title>" in html
    assert html.count("<h1>") == 1
    assert '<html lang="fr" data-theme="dark">' in html
    assert '<a class="skip" href="#content">Aller au contenu</a>' in html
    assert 'aria-current="page">Mon travail' in html
    assert 'class="answer below"' in html
    assert "Panier soumis." in html
    assert "Camille Tremblay" in html


def test_the_token_reaches_htmx_and_forms_whatever_it_holds(env: Environment) -> None:
    html = page(env, csrf_token="a'\"<b")
    assert 'hx-headers:inherited=\'{"x-csrftoken": "a\\u0027\\"\\u003cb"}\'' in html
    assert '<input type="hidden" name="_csrf_token" value="a&#39;&#34;&lt;b">' in html


def test_a_failed_form_starts_its_title_with_the_word_error(env: Environment) -> None:
    html = page(env, '{{ ui.field("email", "Courriel", "x", errors) }}', errors={"email": "Écrivez un courriel."})
    assert f"<title>Erreur{N}: Paniers" in html
    assert '<a href="#f-email">Écrivez un courriel.</a>' in html
    assert 'id="f-email" name="email" type="text" value="x" aria-describedby="e-email" aria-invalid="true"' in html


def test_nobody_signed_in_has_no_menu_and_no_search(env: Environment) -> None:
    html = page(env, who=None)
    assert "/sign-out" not in html
    assert 'role="search"' not in html


def test_a_forgotten_part_of_the_contract_is_an_error(env: Environment) -> None:
    with pytest.raises(UndefinedError):
        env.get_template("base.html").render(page={"title": "Paniers"}, who=None)


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "cherchez par nom"), (403, "administre les accès"), (429, "Votre saisie"), (500, "Votre saisie")],
)
def test_an_error_page_says_what_to_do_and_its_reference(env: Environment, status: int, said: str) -> None:
    html = env.get_template("error.html").render(
        page={"title": "Titre", "answer": "Phrase."}, who=WHO, csrf_token="a", status=status, reference="7F3K"
    )
    assert said in html
    assert "7F3K" in html
    assert "Phrase." in html


PARTS = {
    "status_chip": ('{{ ui.status_chip("on_order") }}', "En voie"),
    "chip": ('{{ ui.chip("Prix échu", "warning") }}', "Prix échu"),
    "mark": ('{{ ui.mark("exempt") }}', 'class="mark exempt"'),
    "fit": ('{{ ui.fit("Entre.", "met") }}', "<span>Entre.</span>"),
    "notice": ('{% call ui.notice("error", "Non.", title="Refus") %}plus{% endcall %}', "<div>plus</div>"),
    "empty": ('{{ ui.empty("Aucun panier.", ("Composer", "/x")) }}', 'href="/x"'),
    "no_match": ('{{ ui.no_match("/x") }}', "Retirer les filtres"),
    "details": ('{% call ui.details("Qui?") %}eux{% endcall %}', "<summary>Qui?</summary>"),
    "button": ('{{ ui.button("Oui", hx_post="/x", aria_label="Oui à tout") }}', 'hx-post="/x" aria-label="Oui à tout"'),
    "link_button": ('{{ ui.link_button("Oui", "/x", "secondary") }}', 'class="button secondary" href="/x"'),
    "form": ('{% call ui.form("/x", "tok", "key") %}ici{% endcall %}', 'name="idempotency_key" value="key"'),
    "post_button": ('{{ ui.post_button("Oui", "/x", "tok", "danger") }}', 'name="_csrf_token" value="tok"'),
    "field": ('{{ ui.field("a", "A", hint="h", class="short") }}', 'aria-describedby="h-a" class="short"'),
    "password": ('{{ ui.field("a", "A", "secret", type="password") }}', 'type="password">'),
    "money_field": ('{{ ui.money_field("a", "A", "1,00") }}', "<span>$</span>"),
    "textarea": ('{{ ui.textarea("a", "A", "un\ndeux") }}', "un\ndeux</textarea>"),
    "select": ('{{ ui.select("a", "A", [(1, "un"), ("G", [(2, "deux")])], 2) }}', '<option value="2" selected>deux'),
    "radios": ('{{ ui.radios("a", "A", [("x", "X"), ("y", "Y", "h")], "y") }}', 'value="y" id="f-a-2" checked'),
    "checkboxes": ('{{ ui.checkboxes("a", "A", [("x", "X")], ["x"]) }}', 'value="x" id="f-a" checked'),
    "checkbox": ('{{ ui.checkbox("a", "A", true, {"a": "Cochez."}) }}', 'checked aria-describedby="e-a"'),
    "quantity": ('{{ ui.quantity("q", "Quantité : robot", 2, max=9) }}', 'min="0" max="9" value="2"'),
    "stepper": ('{{ ui.stepper(["a", "b", "c"], 2) }}', '<li class="done">a</li><li aria-current="step">b</li>'),
    "table": (
        '{% call ui.table("T", ["A", ("B", "num"), ("C", "", "?s=c", "ascending")]) %}<tbody></tbody>{% endcall %}',
        'aria-sort="ascending"><a href="?s=c">C</a>',
    ),
    "td": ('{{ ui.td("Total", 0, "num") }}', '<td data-label="Total" class="num"><span>0</span></td>'),
    "td none": ('{{ ui.td("Total") }}', "<span>–</span>"),
    "td call": ('{% call ui.td("État") %}<b>x</b>{% endcall %}', '<td data-label="État"><span><b>x</b></span></td>'),
    "th": ('{{ ui.th("711-004217", "/x", "tablette") }}', '<a href="/x"><span class="whole">711-004217</span></a>'),
    "paging": ('{{ ui.paging("?after=x", none, "50 biens") }}', "Suivants"),
    "filter_links": ('{{ ui.filter_links([("Tout", "?", true)]) }}', 'aria-current="true"'),
    "filter_chips": ('{{ ui.filter_chips([("État", "prêté", "?")]) }}', "Retirer le filtre État"),
    "summary_list": ('{{ ui.summary_list([("A", 1), ("B", none, "Modifier", "/x")]) }}', "<dd>–</dd>"),
    "timeline": ("{{ ui.timeline(events) }}", f"«{N}Trop petit.{N}»"),
    "timeline empty": ("{{ ui.timeline([]) }}", "Rien encore."),
    "card": ('{% call ui.card("Combo", "/x", level=3) %}ici{% endcall %}', '<h3><a href="/x">Combo</a></h3>'),
    "price": ("{{ ui.price(123456) }}", f"1{N}234,56{N}$"),
    "totals": ('{{ ui.totals([("A", "1"), ("B", "2")]) }}', 'class="total sum"><span>B</span>'),
    "patterns": ("{{ ui.patterns() }}", 'id="hatch"'),
    "envelope_bar": ("{{ ui.envelope_bar(figures) }}", f"Libre{N}: 1{N}309,87{N}$ sur 2{N}150,00{N}$"),
    "gap_bar": ('{{ ui.gap_bar("Flotte", 29, 23, 4, "below") }}', "restent 2 à combler"),
    "gap_bar nothing required": ('{{ ui.gap_bar("Flotte", 0, 0) }}', "0 compte sur 0 requis"),
    "coverage_bar": ('{{ ui.coverage_bar({"met": 3, "below": 1}) }}', 'class="below" x="75.000%" width="25.000%"'),
    "coverage_tiles": ('{{ ui.coverage_tiles({"met": 1342}) }}', f"<b>1{N}342</b>"),
}


@pytest.mark.parametrize(("source", "expected"), PARTS.values(), ids=list(PARTS))
def test_a_part_renders(env: Environment, source: str, expected: str) -> None:
    event = {"at": datetime(2026, 9, 4, 15, 0, tzinfo=UTC), "actor_name": "D", "sentence": "S", "why": "Trop petit.",
             "changes": [("Quantité", 2, 3)]}  # fmt: skip
    assert expected in render(env, source, figures=FIGURES, events=[event])


def test_every_public_part_is_tried_and_documented(env: Environment) -> None:
    parts = {name for name in dir(env.get_template("ui.html").module) if not name.startswith("_")}
    tried = {name.split()[0] for name in PARTS} | {"icon", "attributes", "csrf", "bar", "status_word", "error_summary"}
    assert parts - tried == set()
    guide = (Path(__file__).parents[2] / "docs" / "pages.md").read_text()
    inner = {"icon", "attributes", "csrf", "bar", "patterns", "status_word", "error_summary"}
    assert [part for part in sorted(parts - inner) if f"`{part}" not in guide] == []


def test_parts_escape_what_people_typed(env: Environment) -> None:
    html = render(env, '{{ ui.td("A", x) }}{{ ui.field("a", x, x, {"a": x}) }}{{ ui.notice("info", x) }}', x="<b>&")
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;" in html


def test_figures_are_written_as_the_reader_writes_them(env: Environment) -> None:
    with use_language("en"):
        assert "$1,234.56" in render(env, "{{ ui.price(123456) }}")
        assert '<html lang="en">' in page(env)


def test_the_skeleton_and_the_parts_speak_english(env: Environment) -> None:
    with use_language("en"):
        html = page(env, "{{ ui.gap_bar('Fleet', 2, 1) }}{{ ui.status_chip('below') }}", errors={"a": "Write it."})
    assert "<title>Error: Paniers – School equipment</title>" in html
    assert "Skip to content" in html
    assert "1 counts out of 2 required · 1 still missing" in html
    assert "Below the floor" in html


def test_query_strings_drop_what_is_empty() -> None:
    assert query_string({"q": "école", "after": "x"}, after=None) == "?q=%C3%A9cole"
    assert query_string({}, state=["a", "b"]) == "?state=a&state=b"


def test_every_built_file_of_the_skeleton_exists_under_a_hashed_name() -> None:
    for name in ("app.css", "app.js", "favicon.svg", "open-sans-v43-latin-regular.woff2", "roboto-v48-latin-700.woff2"):
        url = asset_url(name)
        assert re.fullmatch(r"/static/built/[\w-]+-[A-Z0-9]{8}\.\w+", url)
        assert (BUILT / url.rsplit("/", 1)[1]).is_file()


def test_a_form_page_loads_at_most_60_kb_of_scripts_and_styles() -> None:
    files = [BUILT / asset_url(name).rsplit("/", 1)[1] for name in ("app.css", "app.js")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 60_000


def test_licences_of_what_is_bundled_are_shipped() -> None:
    shipped = {path.name for path in (BUILT / "licences").iterdir()}
    assert {"htmx.org-LICENSE", "qc-trousse-sdg.txt", "open-sans.txt", "roboto.txt"} <= shipped


def test_the_kit_gives_colours_but_no_sizes_and_dark_follows_machine_or_choice() -> None:
    css = (BUILT / asset_url("app.css").rsplit("/", 1)[1]).read_text()
    assert "62.5%" not in css
    assert "--qc-spacer" not in css
    assert "--qc-color-blue-piv:#095797" in css
    assert "prefers-color-scheme:dark" in css.replace(" ", "")
    assert re.search(r"\[data-theme=[\"']?dark", css)
