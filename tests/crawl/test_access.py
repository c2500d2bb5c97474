"""Subscriptions and special doors: what a source's site is sent, what nobody else is, and what isn't kept anywhere."""

from __future__ import annotations

import base64
import gzip
import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme

from tests.support import pages
from tests.support.proxies import HttpProxy, SocksProxy
from tests.support.servers import Reply, SiteServer

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own

TOKEN = "tok3n-of-the-quay"
COOKIE = "c00kie-of-the-quay"
PASSWORD = "pr0xy/pass@word"
LOGIN = "l0gin-of-the-reader"
AUTHORITY = trustme.CA()
SECRETS = [TOKEN, COOKIE, PASSWORD, LOGIN]
SECRETS += [quote(each, safe="") for each in SECRETS]
BASIC = [base64.b64encode(f"{user}:{word}".encode()).decode() for user in ("reader", "agent") for word in SECRETS[:4]]
NAME = "quay.example"


def forbidden_in(archive, *texts: str) -> list[str]:
    """Which secrets stand in any file of an archive (WARCs unpacked) but those of the operator, or in texts."""
    own = {"sources.toml", "cookies.txt", "password", "token"}
    kept = [text.encode() for text in texts]
    for path in archive.root.rglob("*"):
        if path.is_file() and path.name not in own:
            raw = path.read_bytes()
            kept.append(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    return [each for each in (*SECRETS, *BASIC) if any(each.encode() in text for text in kept)]


def warc(archive) -> bytes:
    """All WARCs, unpacked."""
    return b"".join(gzip.decompress(each.read_bytes()) for each in sorted((archive.root / "warc").glob("*.warc.gz")))


def private(archive, name: str, text: str) -> Path:
    """A file beside sources.toml that only its owner reads."""
    path = archive.root / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def gated(page: bytes, content_type: str = "text/html; charset=utf-8"):
    """A page that only readers with token, cookie and login see; others are sent to the consent page."""

    def answer(headers):
        if "consent=yes" not in headers.get("cookie", ""):
            return Reply(b"", 302, headers={"Location": "/consent"})
        wanted = base64.b64encode(f"reader:{LOGIN}".encode()).decode()
        good = headers.get("x-reader") == TOKEN and f"session={COOKIE}" in headers["cookie"]
        if not good or headers.get("authorization") != f"Basic {wanted}" or headers.get("user-agent") != "Quay/1":
            return Reply(b"for subscribers", 403)
        return Reply(page, content_type=content_type)

    return answer


def subscribed(server: SiteServer, origin: str) -> None:
    """A newspaper for subscribers: front page, robots.txt and two articles."""
    server.pages["/robots.txt"] = gated(b"User-agent: *\nAllow: /\n", "text/plain")
    server.pages["/"] = gated(pages.listing(f"{origin}/posts/one-wall", f"{origin}/posts/two-walls"))
    server.pages["/posts/one-wall"] = gated(pages.article("One wall for the harbour of the quay"))
    server.pages["/posts/two-walls"] = gated(pages.article("Two walls for the harbour of the quay"))
    server.add("/consent", b"<html><body><h1>We value your privacy</h1></body></html>")


def sources_for(archive, origin: str, *, proxy: str = "", extra: str = "") -> None:
    """One source with every door."""
    host = origin.split("/")[2].partition(":")[0]
    private(archive, "cookies.txt", (
        "# Netscape HTTP Cookie File\n\n"
        f"#HttpOnly_.{host}\tTRUE\t/\tFALSE\t0\tsession\t{COOKIE}\n"
        f"{host}\tFALSE\t/\tFALSE\t4102444800\tconsent\tyes\n"
        f"{host}\tFALSE\t/\tFALSE\t946684800\told\tgone-{COOKIE}\n"
        f"elsewhere.example\tTRUE\t/\tFALSE\t0\tother\tother-{COOKIE}\n"
    ))  # fmt: skip
    private(archive, "password", f"{LOGIN}\n")
    archive.write_sources(
        f'contact = "https://example.org/bot"\n{proxy}\n[sources.quay]\nname = "The Quay"\nhomepage = "{origin}/"\n'
        f"article_urls = ['/posts/[^/?#]+$']\ndelay = 0\nsitemaps = []\nfeeds = []\n"
        'headers = { X-Reader = { env = "READER_TOKEN" } }\ncookies = { file = "cookies.txt" }\n'
        'auth = { user = "reader", password = { file = "password" } }\nuser_agent = "Quay/1"\n' + extra + "\n"
    )


def tls_for(host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(host).configure_cert(context)
    return context


@pytest.fixture
def environment(tmp_path):
    """The token, the test's authority, and no proxy of the machine."""
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(str(authority))
    return {"READER_TOKEN": TOKEN, "SSL_CERT_FILE": str(authority), "PROXY_PASSWORD": PASSWORD}


def test_a_subscription_is_read_and_nothing_secret_is_kept(archive, site, other_site, environment):
    """Header, cookies of a file, login and User-Agent open the site; its CDN is sent none of them, nor is any kept."""
    subscribed(site, site.base)
    picture = f'<img src="{other_site.base}/wall.png">'.encode()
    article = pages.article("One wall for the harbour of the quay").replace(b"</body>", picture + b"</body>")
    assert picture in article
    site.pages["/posts/one-wall"] = gated(article)
    other_site.add("/wall.png", b"\x89PNG", content_type="image/png")
    sources_for(archive, site.base, extra="allow_private = true\nhosts = ['localhost']")
    run = archive.crawl("--verbose", env=environment)
    checked = archive.run("sources", "check", "--json", env=environment)
    listed = archive.run("sources", "list", "--json", env=environment)
    status = archive.run("status", "--json", env=environment)
    assert (run.code, checked.returncode) == (0, 0), run.stderr + checked.stdout + checked.stderr
    assert run.source()["new"] == 2
    assert "/consent" not in site.paths()
    for each in other_site.log:
        assert not {"x-reader", "cookie", "authorization"} & set(each.headers)
    assert all("told=" not in each.headers["cookie"] and "other=" not in each.headers["cookie"] for each in site.log)
    kept = warc(archive)
    assert b"X-Reader: [redacted]\r\n" in kept
    assert b"Cookie: [redacted]\r\n" in kept
    assert b"Authorization: [redacted]\r\n" in kept
    assert b"User-Agent: Quay/1\r\n" in kept
    assert b"talkscraper-access: quay: headers X-Reader; cookies; basic authentication; User-Agent\r\n" in kept
    assert b"talkscraper-redacted-request-headers: Authorization, Cookie, Proxy-Authorization, X-Reader\r\n" in kept
    outputs = [each.stdout + each.stderr for each in (run, checked, listed, status)]
    assert forbidden_in(archive, *outputs) == []


@pytest.mark.parametrize("kind", ["http", "socks"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_subscription_is_read_through_a_proxy(kind, scheme, archive, environment):
    """By HTTP (forwarding, CONNECT) and SOCKS 5, with its login: the WARC has the origin's exchange, and no secret."""
    origin = f"{scheme}://{NAME}"
    with SiteServer(context=tls_for(NAME) if scheme == "https" else None) as server:
        subscribed(server, origin)
        port = int(server.base.rpartition(":")[2])
        proxy = (HttpProxy if kind == "http" else SocksProxy)({NAME: port}, login=("agent", PASSWORD))
        with proxy:
            url = f"{'http' if kind == 'http' else 'socks5h'}://127.0.0.1:{proxy.port}"
            line = f'proxy = {{ url = "{url}", user = "agent", password = {{ env = "PROXY_PASSWORD" }} }}'
            sources_for(archive, origin, proxy=line)
            run = archive.crawl("--verbose", env=environment)
            checked = archive.run("sources", "check", env=environment)
    assert (run.code, checked.returncode) == (0, 0), run.stderr + checked.stdout + checked.stderr
    assert run.source()["new"] == 2
    assert proxy.asked
    assert all(NAME in each for each in proxy.asked)
    kept = warc(archive)
    assert b"GET /posts/one-wall HTTP/1.1\r\n" in kept
    assert b"GET http" not in kept
    assert b"WARC-IP-Address" not in kept
    assert (b"WARC-Cipher-Suite" in kept) == (scheme == "https")
    assert f"; proxy {url.replace('socks5h', 'socks5')}\r\n".encode() in kept
    assert forbidden_in(archive, run.stdout, run.stderr, checked.stdout, checked.stderr) == []


def test_a_consent_by_name_and_a_token_by_file_stay_on_the_site(archive, site, other_site):
    """A redirect to another server and a feed elsewhere get neither header nor cookie; the site gets both."""
    private(archive, "token", TOKEN)

    def front(headers):
        known = headers.get("x-reader") == TOKEN and headers.get("cookie") == f"consent=yes; session={COOKIE}"
        return Reply(pages.listing("/posts/one-wall", "/posts/away")) if known else Reply(b"", 403)

    site.pages["/"] = front
    site.add("/posts/one-wall", pages.article("One wall for the harbour of the quay"))
    site.pages["/posts/away"] = Reply(b"", 302, headers={"Location": f"{other_site.base}/posts/away"})
    other_site.add("/posts/away", pages.article("A wall that stands elsewhere"))
    other_site.add("/feed.xml", pages.feed(site.base, "/posts/one-wall"), content_type="application/rss+xml")
    archive.sources_for(
        site,
        extra=f'sitemaps = []\nfeeds = ["{other_site.base.replace("127.0.0.1", "localhost")}/feed.xml"]\n'
        'headers = { X-Reader = { file = "token" } }\n'
        f'cookies = {{ consent = "yes", session = "{COOKIE}" }}',
    )
    run = archive.crawl()
    assert run.source()["new"] >= 1, run.stderr
    assert {"/feed.xml"} <= set(other_site.paths())
    for each in other_site.log:
        assert not {"x-reader", "cookie"} & set(each.headers)
    assert forbidden_in(archive, run.stdout, run.stderr) == []


@pytest.mark.parametrize("fault", ["variable", "readable", "cookies", "certificate"])
def test_a_secret_that_cannot_be_had_is_told_before_anything_is_fetched(fault, archive, site, environment):
    """A variable that isn't set, a file that everyone can read, a line that is no cookie's: exit code 2, no value."""
    sources_for(archive, site.base)
    said = {"variable": "READER_TOKEN isn't set", "readable": "chmod 600", "cookies": "line 2", "certificate": "PEM"}
    if fault == "variable":
        del environment["READER_TOKEN"]
    elif fault == "readable":
        (archive.root / "cookies.txt").chmod(0o644)
    elif fault == "cookies":
        private(archive, "cookies.txt", f"# Netscape HTTP Cookie File\nsession={COOKIE}\n")
    else:
        private(archive, "reader.pem", "nothing")
        with (archive.root / "sources.toml").open("a") as file:
            file.write('client_certificate = { certificate = "reader.pem" }\n')
    run = archive.run("crawl", env=environment)
    checked = archive.run("sources", "check", env=environment)
    listed = archive.run("sources", "list")
    assert run.returncode == 2
    assert said[fault] in run.stderr
    assert said[fault] in checked.stdout + checked.stderr
    assert listed.returncode == 0, listed.stderr
    assert site.paths() == []
    assert forbidden_in(archive, run.stdout, run.stderr, checked.stdout, checked.stderr) == []


@pytest.mark.parametrize("fault", ["login", "status", "gone", "socks-login", "socks-name", "forward-login"])
def test_a_proxy_that_fails_is_named_in_one_line_without_its_password(fault, archive, environment):
    """It counts as the source's failed connection: nothing is gone."""
    scheme = "http" if fault == "forward-login" else "https"
    with (SocksProxy if fault.startswith("socks") else HttpProxy)({}, login=("agent", "another")) as proxy:
        if fault == "status":
            proxy.status = 404
        if fault.endswith("name"):
            proxy.login = ("agent", PASSWORD)
        kind = "socks5" if fault.startswith("socks") else "http"
        line = f'proxy = "{kind}://agent:{quote(PASSWORD, safe="")}@127.0.0.1:{proxy.port}"'
        sources_for(archive, f"{scheme}://{NAME}", proxy=line)
        if fault == "gone":
            proxy.close()
        run = archive.crawl("--verbose", env=environment)
        checked = archive.run("sources", "check", env=environment)
    assert run.code == 3
    shown = f"the proxy {kind}://127.0.0.1:{proxy.port}"
    assert run.source()["diagnosis"].startswith("unreachable")
    assert shown in run.source()["diagnosis"] + str(run.source())
    assert shown in checked.stdout + checked.stderr
    assert archive.rows("select count(*) from urls where state = 'gone'") == [(0,)]
    assert archive.rows("select count(*) from captures") == [(0,)]
    assert "Traceback" not in run.stderr + checked.stderr
    assert forbidden_in(archive, run.stdout, run.stderr, checked.stdout, checked.stderr) == []


def test_a_proxy_is_not_asked_for_private_names(archive, environment):
    """By pictures of a page: judged by the name, since the proxy resolves it."""
    origin = f"http://{NAME}"
    hosts = ("127.0.0.1", "localhost", "0x7f.1", "metadata.google.internal", "[::1]", "intranet")
    with SiteServer() as server, HttpProxy({}) as proxy:
        subscribed(server, origin)
        pictures = "".join(f'<img src="http://{host}/{number}.png">' for number, host in enumerate(hosts))
        article = pages.article("One wall for the harbour of the quay")
        server.pages["/posts/one-wall"] = gated(article.replace(b"</body>", f"{pictures}</body>".encode()))
        port = int(server.base.rpartition(":")[2])
        proxy.names = dict.fromkeys((NAME, *(host.strip("[]") for host in hosts)), port)
        sources_for(archive, origin, proxy=f'proxy = "http://127.0.0.1:{proxy.port}"')
        run = archive.crawl(env=environment)
    assert run.source()["new"] == 2, run.stderr
    assert [path for path in server.paths() if path.endswith(".png")] == []
    assert all(NAME in each for each in proxy.asked), proxy.asked


def test_the_environments_proxy_is_used_when_the_file_says_so(archive, environment):
    """HTTPS_PROXY, here one that takes TLS itself; without the key it isn't used."""
    origin = f"https://{NAME}"
    with SiteServer(context=tls_for(NAME)) as server:
        subscribed(server, origin)
        port = int(server.base.rpartition(":")[2])
        with HttpProxy({NAME: port}, context=tls_for("localhost")) as proxy:
            sources_for(archive, origin, proxy='proxy = "environment"')
            environment["HTTPS_PROXY"] = f"https://localhost:{proxy.port}"
            run = archive.crawl(env=environment)
            asked = len(proxy.asked)
            sources_for(archive, origin)
            archive.crawl("quay", env=environment)
    assert run.source()["new"] == 2, run.stderr
    assert asked > 0
    assert len(proxy.asked) == asked


def test_a_client_certificate_is_shown_to_its_site(archive, environment):
    """TLS with a certificate that the server demands, by crawl and check; its key isn't for everyone."""
    readers = trustme.CA()
    context = tls_for("localhost")
    context.verify_mode = ssl.CERT_REQUIRED
    readers.configure_trust(context)
    certificate = readers.issue_cert("reader@example.org")
    with SiteServer(context=context) as server:
        origin = server.base.replace("127.0.0.1", "localhost")
        subscribed(server, origin)
        sources_for(
            archive, origin,
            extra='allow_private = true\nclient_certificate = { certificate = "reader.pem", key = "reader.key" }',
        )  # fmt: skip
        certificate.cert_chain_pems[0].write_to_path(str(archive.root / "reader.pem"))
        private(archive, "reader.key", certificate.private_key_pem.bytes().decode())
        run = archive.crawl(env=environment)
        checked = archive.run("sources", "check", env=environment)
        (archive.root / "reader.key").chmod(0o644)
        refused = archive.run("crawl", env=environment)
    assert (run.code, checked.returncode) == (0, 0), run.stderr + checked.stdout
    assert run.source()["new"] == 2
    assert b"client certificate\r\n" in warc(archive)
    assert refused.returncode == 2
    assert "chmod 600" in refused.stderr


@pytest.mark.parametrize("how", ["refused", "login"])
def test_a_subscription_that_no_longer_works_is_diagnosed(how, archive, site, environment):
    """All pages are refused, or lead to the login page: login-failed, and exit code 3."""
    answer = Reply(b"no", 401) if how == "refused" else Reply(b"", 302, headers={"Location": "/account/login?next=x"})
    site.pages["/"] = answer
    site.add("/account/login", b"<html><body><h1>Log in</h1><form><input type=password></form></body></html>")
    sources_for(archive, site.base, extra="allow_private = true")
    run = archive.crawl(env=environment)
    assert run.code == 3
    assert run.source()["diagnosis"].startswith("login-failed")
    assert run.source()["new"] == 0
