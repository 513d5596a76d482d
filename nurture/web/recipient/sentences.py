"""The sentences of the recipients' pages, in the languages that letters are written in."""

from collections.abc import Mapping
from datetime import datetime

from nurture.flow.letters import GERMAN_DAYS, GERMAN_MONTHS

ENGLISH = {
    "for": "For",
    "leave_title": "Unsubscribe",
    "leave_ask": "What would you like to stop?",
    "leave_topic": "Stop \u201c{topic}\u201d",
    "leave_topic_why": "Only emails about this. You keep the others.",
    "leave_all": "Stop all emails",
    "leave_all_why": "Nothing from us any more, from this moment on.",
    "leave_choose": "Please choose what to stop.",
    "left_title": "Done",
    "left_topic": "You get no more emails about \u201c{topic}\u201d.",
    "left_all": "You get no more emails from us.",
    "left_all_title": "You are unsubscribed",
    "left_at_once": "This holds from now on; there is nothing else to do.",
    "mistake": "Was that a mistake? Reply to any email you have had from us, and a person will put it right.",
    "to_preferences": "See everything you get from us",
    "preferences_title": "What you get from us",
    "preferences_ask": "Choose what you want. It takes effect at once.",
    "topic_on": "You get these",
    "topic_off": "Stopped",
    "topic_unasked": "Only if you ask for them",
    "topic_stop": "Stop",
    "topic_start": "Send me these",
    "back_topic": "You get emails about \u201c{topic}\u201d again.",
    "often_title": "How often",
    "pause": "Take a break until {until}",
    "pause_why": "No emails until then. Answers to what you do yourself still come.",
    "said_pause": "You get no emails until {until}. Then they go on as before.",
    "resume": "End the break now",
    "said_resume": "The break is over: you get emails again.",
    "fewer": "Fewer emails",
    "fewer_why": "At most {count} in {days} days.",
    "said_fewer": "You get fewer emails from now on.",
    "as_many": "As many as before",
    "as_many_why": "You get fewer emails at the moment.",
    "said_as_many": "You get as many emails as before again.",
    "write_again": "Write to me again",
    "back_all": "We write to you again.",
    "survey_send": "Send my answer",
    "survey_hint": "Your answer counts once you press the button.",
    "survey_choose": "Please choose an answer first.",
    "survey_text": "Your answer",
    "thanks_title": "Thank you",
    "thanks": "Thank you. Your answer is saved.",
    "thanks_more": "You can close this page.",
    "unknown_title": "This link does not lead anywhere",
    "unknown": "It may be incomplete: some mail programs break long links. Open it from the email once more, or reply"
    " to the email and a person will help.",
    "gone_title": "This email can no longer be shown",
    "gone": "It was written some time ago, and its text has changed since.",
}

GERMAN = {
    "for": "F\u00fcr",
    "leave_title": "Abmelden",
    "leave_ask": "Was m\u00f6chten Sie nicht mehr bekommen?",
    "leave_topic": "\u201e{topic}\u201c abbestellen",
    "leave_topic_why": "Nur E-Mails zu diesem Thema. Die anderen bekommen Sie weiter.",
    "leave_all": "Alle E-Mails abbestellen",
    "leave_all_why": "Von diesem Moment an schreiben wir Ihnen nicht mehr.",
    "leave_choose": "Bitte w\u00e4hlen Sie, was Sie abbestellen m\u00f6chten.",
    "left_title": "Erledigt",
    "left_topic": "Sie bekommen keine E-Mails mehr zu \u201e{topic}\u201c.",
    "left_all": "Sie bekommen keine E-Mails mehr von uns.",
    "left_all_title": "Sie sind abgemeldet",
    "left_at_once": "Das gilt ab sofort; Sie brauchen nichts weiter zu tun.",
    "mistake": "War das ein Versehen? Antworten Sie auf eine unserer E-Mails, dann stellt ein Mensch es wieder um.",
    "to_preferences": "Alles ansehen, was Sie von uns bekommen",
    "preferences_title": "Was Sie von uns bekommen",
    "preferences_ask": "W\u00e4hlen Sie, was Sie m\u00f6chten. Es gilt sofort.",
    "topic_on": "Bekommen Sie",
    "topic_off": "Abbestellt",
    "topic_unasked": "Nur auf Wunsch",
    "topic_stop": "Abbestellen",
    "topic_start": "Bestellen",
    "back_topic": "Sie bekommen wieder E-Mails zu \u201e{topic}\u201c.",
    "often_title": "Wie oft",
    "pause": "Pause bis {until}",
    "pause_why": "Bis dahin keine E-Mails. Antworten auf das, was Sie selbst tun, kommen weiterhin.",
    "said_pause": "Bis {until} bekommen Sie keine E-Mails. Danach geht es weiter wie zuvor.",
    "resume": "Pause jetzt beenden",
    "said_resume": "Die Pause ist beendet: Sie bekommen wieder E-Mails.",
    "fewer": "Weniger E-Mails",
    "fewer_why": "H\u00f6chstens {count} in {days} Tagen.",
    "said_fewer": "Sie bekommen ab jetzt weniger E-Mails.",
    "as_many": "So viele wie zuvor",
    "as_many_why": "Sie bekommen derzeit weniger E-Mails.",
    "said_as_many": "Sie bekommen wieder so viele E-Mails wie zuvor.",
    "write_again": "Schreiben Sie mir wieder",
    "back_all": "Wir schreiben Ihnen wieder.",
    "survey_send": "Antwort senden",
    "survey_hint": "Ihre Antwort z\u00e4hlt, sobald Sie den Knopf dr\u00fccken.",
    "survey_choose": "Bitte w\u00e4hlen Sie zuerst eine Antwort.",
    "survey_text": "Ihre Antwort",
    "thanks_title": "Vielen Dank",
    "thanks": "Ihre Antwort ist gespeichert.",
    "thanks_more": "Sie k\u00f6nnen diese Seite jetzt schlie\u00dfen.",
    "unknown_title": "Dieser Link f\u00fchrt nirgendwohin",
    "unknown": "Vielleicht ist er unvollst\u00e4ndig: Manche Mailprogramme brechen lange Links um. \u00d6ffnen Sie ihn"
    " noch einmal aus der E-Mail, oder antworten Sie auf die E-Mail, dann hilft Ihnen ein Mensch.",
    "gone_title": "Diese E-Mail kann nicht mehr gezeigt werden",
    "gone": "Sie wurde vor einiger Zeit geschrieben, und ihr Text hat sich seitdem ge\u00e4ndert.",
}

LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}


def language_of(locale: str | None) -> str:
    """Choose the language of a page: German for a German locale, else English."""
    return "de" if (locale or "").lower().startswith("de") else "en"


def sentences_in(language: str) -> Mapping[str, str]:
    """Give the sentences of `en` or `de`."""
    return LANGUAGES[language]


def day_in_words(language: str, local: datetime) -> str:
    """Say a day in `en` or `de`: `Monday 19 January`."""
    if language == "de":
        return f"{GERMAN_DAYS[local.weekday()]}, {local.day}. {GERMAN_MONTHS[local.month - 1]}"
    return f"{local:%A} {local.day} {local:%B}"
