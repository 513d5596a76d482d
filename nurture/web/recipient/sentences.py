"""The sentences of the recipients' pages, in the languages that letters are written in."""

from collections.abc import Mapping

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
    "preferences_ask": "Stop what you do not want. It takes effect at once.",
    "topic_on": "You get these",
    "topic_off": "Stopped",
    "topic_stop": "Stop",
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
    "preferences_ask": "Bestellen Sie ab, was Sie nicht m\u00f6chten. Es gilt sofort.",
    "topic_on": "Bekommen Sie",
    "topic_off": "Abbestellt",
    "topic_stop": "Abbestellen",
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
