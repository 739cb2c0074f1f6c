"""What the service does by itself: its leader, its jobs, its mail, and the boards that nobody reads for."""

from datetime import datetime, timedelta
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, parseaddr

import aiosmtplib

from allocations.approvals.queries import stuck
from allocations.approvals.words import stuck_line
from app.doctor.findings import Finding, ok, warning, wrong
from app.logs import told
from app.mail import mail_server
from app.nightly import all_jobs
from app.scheduler import leader
from inventory.floor.notices import silent_boards
from kit.actor import system
from kit.clock import now
from kit.database import fetch_value, transaction
from kit.i18n import _, date_time, n_, number
from kit.job_runs import Standing, standings
from kit.jobs import Job
from kit.outbox import backlog
from kit.settings import settings

LATE = timedelta(hours=1)


async def night() -> list[Finding]:
    """Who says the hour of jobs, and how the last run of each ended."""
    jobs, found = all_jobs(), []
    if led := await leader(system()):
        found.append(ok(_("Meneur"), _("Processus {name} du serveur de la base.").format(name=led)))
    else:
        do = _("Démarrez le service (« inventory serve ») : sans lui, ni tâche de nuit, ni courriel.")
        found.append(warning(_("Meneur"), _("Aucun processus ne dit l'heure des tâches."), do))
    for job, standing in zip(jobs, await standings(system(), [job.name for job in jobs]), strict=True):
        found.append(_job(job, standing, now()))
    return found


def _job(job: Job, standing: Standing, instant: datetime) -> Finding:
    about, again = (
        _("Tâche {name}").format(name=job.name),
        _("Lancez « inventory jobs run {name} » et lisez ce qu'elle dit."),
    )
    due = job.last_due(instant)
    done = (
        _("Faite pour la dernière fois le {moment}.").format(moment=date_time(standing.done_at))
        if standing.done_at
        else _("Jamais faite.")
    )
    if standing.last_state == "failed":
        return wrong(about, _("Le dernier passage a échoué. {done}").format(done=done), again.format(name=job.name))
    if due and instant - due > LATE and (standing.done_at is None or standing.done_at < due):
        return warning(about, _("En retard. {done}").format(done=done), again.format(name=job.name))
    return ok(about, done)


async def mail() -> list[Finding]:
    """The mail server (asked who it is, given nothing to send), and what waits for it."""
    about, waits = _("Courriel"), await backlog(system())
    found = []
    if settings().smtp_url is None:
        what = _("Aucun serveur de courriel n'est donné.")
        found.append(warning(about, what, _("Donnez INVENTORY_SMTP_URL; jusque-là, tous les courriels attendent.")))
    else:
        found.append(await _greeted())
    age = now() - waits.oldest_due_at if waits.oldest_due_at else timedelta(0)
    if waits.waiting:
        said = n_("{n} courriel attend.", "{n} courriels attendent.", waits.waiting).format(n=number(waits.waiting))
        late = age > timedelta(minutes=15)
        do = _("Vérifiez le serveur de courriel et que le service tourne; le plus ancien attend depuis le {moment}.")
        found.append(
            wrong(about, said, do.format(moment=date_time(waits.oldest_due_at)))
            if late and waits.oldest_due_at
            else ok(about, said)
        )
    if waits.failed:
        said = n_("{n} courriel a été refusé pour de bon.", "{n} courriels ont été refusés pour de bon.", waits.failed)
        do = _("Le journal les nomme (message.failed) : corrigez l'adresse de la personne ou du fournisseur.")
        found.append(warning(about, said.format(n=number(waits.failed)), do))
    return found


async def _greeted() -> Finding:
    about = _("Courriel")
    try:
        async with mail_server() as server:
            return ok(about, _("{server} répond et laisse entrer.").format(server=server.hostname))
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        do = _("Vérifiez INVENTORY_SMTP_URL (nom, mot de passe, serveur, port) et que cette machine peut l'atteindre.")
        why = (
            error.__cause__ if isinstance(error.__cause__, OSError) else error
        )  # "refused" rather than "no connection"
        return wrong(about, _("Le serveur de courriel ne laisse pas entrer ({error}).").format(error=told(why)), do)


async def send_test(address: str) -> list[Finding]:
    """Send one message to this address, past the outbox."""
    about = _("Courriel d'essai")
    message = MIMEText(_("Ce message montre que le service peut envoyer des courriels.") + "\r\n", "plain", "utf-8")
    message["From"], message["To"] = formataddr(parseaddr(settings().mail_from)), address
    message["Subject"], message["Date"] = "Essai du service Inventaire", formatdate()
    if settings().smtp_url is None:
        return [wrong(about, _("Rien n'est parti."), _("Donnez d'abord INVENTORY_SMTP_URL."))]
    try:
        async with mail_server() as server:
            await server.sendmail(parseaddr(settings().mail_from)[1], [address], message.as_bytes())
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        do = _("Vérifiez l'adresse, et que le serveur accepte d'envoyer pour {sender}.").format(
            sender=settings().mail_from
        )
        return [wrong(about, _("Rien n'est parti ({error}).").format(error=told(error)), do)]
    return [ok(about, _("Parti vers {address}; vérifiez qu'il arrive.").format(address=address))]


async def decisions() -> list[Finding]:
    """Baskets that wait on a step of a delegation at which nobody can decide."""
    about, found = _("Approbations"), []
    for step in await stuck(system()):
        do = _("Donnez ce rôle à quelqu'un (« inventory user add »), nommez un remplacement, ou changez la délégation.")
        found.append(warning(about, stuck_line(step), do))
    return found or [ok(about, _("Chaque panier soumis a quelqu'un pour en décider."))]


async def boards() -> list[Finding]:
    """Boards with schools below the floor and nobody to tell; and whether anybody can sign in at all."""
    about, found = _("Organismes"), []
    if silent := await silent_boards(system()):
        what = n_(
            "{n} organisme a des signalements et personne à aviser : {boards}.",
            "{n} organismes ont des signalements et personne à aviser : {boards}.",
            len(silent),
        ).format(n=number(len(silent)), boards=", ".join(silent[:10]) + ("…" if len(silent) > 10 else ""))
        found.append(
            warning(
                about,
                what,
                _("Donnez-y le rôle board_admin ou purchasing : « inventory user add », ou une invitation."),
            )
        )
    else:
        found.append(ok(about, _("Chaque signalement a quelqu'un à aviser.")))
    async with transaction(system()):
        people = await fetch_value(
            "SELECT count(*) FROM person p JOIN credential c ON c.person = p.id WHERE p.deactivated_at IS NULL"
        )
    if not people:
        found.append(
            warning(
                _("Personnes"),
                _("Personne ne peut se connecter."),
                _("Ajoutez une première personne : « inventory user add »."),
            )
        )
    return found
