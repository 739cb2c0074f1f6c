"""Bundles at each moment of their life: one that another edition followed, one that is no longer offered, one still in preparation."""

from catalog.bundles import operations, queries
from catalog.bundles.schemas import BundleContent, NewBundleLine, NewBundleTraining, RetireBundle
from kit.actor import Actor
from kit.clock import today


async def live(ministry: Actor) -> None:
    """Tell it all as the ministry does."""
    await _followed(ministry)
    gone = await queries.one(ministry, "equipe-spike-prime")
    await operations.retire(
        ministry,
        gone.slug,
        RetireBundle(closed_on=today(), reason="Le fabricant ne vend plus cet ensemble."),
        version=gone.version,
    )
    await operations.draft(ministry, "robotique-au-choix", _in_preparation(), version=None)


async def _followed(ministry: Actor) -> None:
    """The hive gets an edition with an option and a recommended size."""
    lines = [
        NewBundleLine(product="bee-bot", quantity=6),
        NewBundleLine(product="tapis-quadrille", quantity=2),
        NewBundleLine(product="mallette-rangement", quantity=1, optional=True, taken=True),
    ]
    content = BundleContent(
        name="La ruche : six Bee-Bot",
        name_en="The hive: six Bee-Bots",
        category="robotique",
        description="Six abeilles et deux tapis, pour travailler en équipes de quatre; la mallette est facultative.",
        description_en="Six bees and two mats, for teams of four; the case is optional.",
        levels=["preschool", "primary"],
        pupils_each=24,
        lines=lines,
        trainings=[
            NewBundleTraining(training="auto-robots-plancher"),
            NewBundleTraining(training="accompagnement-robotique", quantity=2),
        ],
        source="échantillon",
        sample=True,
    )
    drafted = await operations.draft(ministry, "ruche-bee-bot", content, version=None)
    await operations.publish(ministry, "ruche-bee-bot", version=drafted.version)


def _in_preparation() -> BundleContent:
    """A bundle that holds another, and leaves a choice."""
    return BundleContent(
        name="Robotique au choix",
        name_en="Robotics of your choice",
        category="robotique",
        description="La ruche, et six robots Dash ou huit balles Sphero Mini.",
        description_en="The hive, and six Dash robots or eight Sphero Mini balls.",
        levels=["primary"],
        pupils_each=48,
        lines=[
            NewBundleLine(bundle="ruche-bee-bot", quantity=1),
            NewBundleLine(product="dash", quantity=6, choice="robots"),
            NewBundleLine(product="sphero-mini", quantity=8, choice="robots"),
        ],
        trainings=[NewBundleTraining(training="auto-robots-programmables")],
        source="échantillon",
        sample=True,
    )
