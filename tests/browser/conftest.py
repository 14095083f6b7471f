"""The built book behind a local server, and a real browser. Without playwright these tests are not collected."""

import functools
import gzip
import http.server
import importlib.util
import os
import re
import shutil
import threading

import pytest
from built_book import HTML, READERS

PATIENCE = 120_000  # milliseconds; long pages full of formulas are slow on a busy machine
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

if importlib.util.find_spec("playwright") is None:
    collect_ignore_glob = ["test_*.py"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def address():
    """Where the built book is served, on this machine only."""
    if not (HTML / "index.html").exists():
        pytest.exit("there is no built book in _build/html: run `make book` first", returncode=2)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    program = os.environ.get("BROWSER_PROGRAM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.exit(f"no browser: install one of {', '.join(BROWSERS)}, or set BROWSER_PROGRAM", returncode=2)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def read(browser, address):
    """Function that opens a page as a kind of reader.

    What goes wrong while the page is open is in `page.troubles`, and `page.weight` is what a host would send for it.
    """
    contexts = []

    def open_page(path, reader="desktop"):
        context = browser.new_context(**READERS[reader])
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.troubles, received = _troubles(page, address), []

        def receive(request):
            received.append(request.response())

        page.on("requestfinished", receive)
        page.goto(f"{address}/{path}", wait_until="load")
        page.evaluate("window.MathJax?.startup?.promise?.then(() => true) ?? true")
        page.remove_listener("requestfinished", receive)
        page.weight = sum(map(_sent, received))
        return page

    yield open_page
    for context in contexts:
        context.close()


def _troubles(page, address):
    """List that grows with console errors, failed requests, and requests to the network, which is off."""
    troubles = []

    def away(route):
        troubles.append(f"asks the network for {route.request.url}")
        route.abort()

    page.route(lambda url: not url.startswith((address, "data:", "blob:")), away)
    page.on("console", lambda m: m.type == "error" and troubles.append(f"console error: {m.text}"))
    page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
    page.on("response", lambda r: r.status >= 400 and troubles.append(f"{r.status} for {r.url}"))
    return troubles


def _sent(response):
    """Bytes of a response; hosts compress text on the way."""
    body = response.body()
    is_text = re.search("text|javascript|json|svg", response.headers.get("content-type", ""))
    return len(gzip.compress(body) if is_text else body)
