"""The WSGI entry: console and API.  The engine runs in `nurture serve`; importing this starts no rhythm."""

from nurture.app import create_app
from nurture.settings import Settings

application = create_app(Settings.load())
