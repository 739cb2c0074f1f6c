"""What a command says to whoever mistypes it: French whatever the terminal speaks, and the code of a wrong use."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli import main
from kit.cli import sentences
from kit.click_words import WORDS
from kit.errors import Invalid, NotFound
from tests.allocations.measures.test_cli import inventory


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("serv", "Il n'y a pas de commande « serv »."),
        ("serve --port 3", "Il n'y a pas d'option « --port »."),
        ("backup", "Il manque l'argument"),
        ("import boards nulle-part.csv", "« nulle-part.csv » n'existe pas, ou ce compte ne peut pas y entrer."),
        ("user add a@exemple.ca Claude Exemple --name x --role ministry", "entre guillemets"),
        ("user add a@exemple.ca --name x --role ministry --language de", "n'est pas l'un de"),
        ("bench --runs beaucoup", "« beaucoup » n'est pas un nombre."),
        ("years close 2024-2025 --reason", "demande une valeur."),
        ("user resend 12", "« 12 » n'est pas un identifiant."),
    ],
)
def test_a_wrong_use_is_said_in_french(monkeypatch: pytest.MonkeyPatch, typed: str, said: str) -> None:
    monkeypatch.setenv("LANG", "en_CA.UTF-8")

    done = CliRunner().invoke(main, typed.split())

    told = done.output.replace("\u00a0", " ")
    assert done.exit_code == 2 and said in told
    assert not [word for word in ("Usage:", "Error", "Try ", "Invalid", "Missing", "No such") if word in told]


def test_the_list_of_commands_says_each_of_them_whole() -> None:
    for typed in ([], ["user"], ["import"], ["jobs"], ["token"], ["years"], ["envelopes"], ["floor"]):
        told = CliRunner().invoke(main, [*typed, "--help"]).output
        assert "..." not in told.replace("COMMAND [ARGS]...", "") and "Commandes" in told


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (NotFound(), "Rien ne porte ce code ou ce numéro"),
        (NotFound("Aucune mesure ne porte ce code."), "Aucune mesure ne porte ce code."),
        (FileNotFoundError(2, "No such file", "rien/x.csv"), "« rien/x.csv » : ce dossier n'existe pas."),
        (Invalid({"a": "Un.", "b": "Deux."}), "Un.\nDeux."),
    ],
)
def test_what_a_command_refuses_is_said_in_words_of_a_terminal(
    capsys: pytest.CaptureFixture[str], refused: Exception, said: str
) -> None:
    with pytest.raises(SystemExit) as end, sentences():
        raise refused

    told = capsys.readouterr()
    assert (end.value.code, told.out, told.err.replace("\u00a0", " ").startswith(said)) == (1, "", True)


async def test_what_the_system_may_not_do_asks_for_a_person(committed: None) -> None:
    code, _out, err = await inventory("invoices", "approve", "FA-990-2026-00001")
    assert (code, "ajoutez « --as COURRIEL »" in err.replace("\u00a0", " ")) == (1, True)


async def test_an_order_is_either_kept_or_given_up(committed: None) -> None:
    code, _out, err = await inventory(
        "years", "decide", "2025-2026", "BC-990-2025-00001", "--keep", "--abandon", "--reason", "x"
    )
    assert (code, "l'un des deux" in err) == (2, True)


def test_every_sentence_of_click_that_is_translated_is_still_one_of_its_own() -> None:
    folder = Path(click.__file__).parent
    source = "".join(
        (folder / f"{name}.py").read_text()
        for name in ("core", "decorators", "exceptions", "formatting", "parser", "types")
    )

    assert [text for text in WORDS if f'"{text.encode("unicode_escape").decode()}"' not in source] == []
