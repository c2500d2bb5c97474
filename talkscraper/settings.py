"""Every Scrapy setting of a crawl, in the order in which data meets it.

``talkscraper crawl`` and ``scrapy crawl`` both read this file. What differs from one newsroom to the next (delay,
budgets, requisites, recrawl) is set in sources.toml, not here.
"""

# --- identity -------------------------------------------------------------------------------------------------------
BOT_NAME = "talkscraper"
SPIDER_MODULES = ["talkscraper.spiders"]
NEWSPIDER_MODULE = "talkscraper.spiders"
# the add-on sets the User-Agent with the contact of sources.toml when it has read that file
USER_AGENT = "talkscraper"

# capture, extraction and storage: this one line is all that another Scrapy project needs
ADDONS = {"talkscraper.ArchiveAddon": 0}

# --- the process: no listening ports, no state on disk ---------------------------------------------------------------
# since 2.19 Scrapy opens an HTTP port on localhost that executes Python
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# JOBDIR and its disk queues don't survive kill -9; the frontier in talkscraper.db does
JOBDIR = None

# --- what is fetched next -------------------------------------------------------------------------------------------
# the frontier holds every address once, across runs; Scrapy's own filter lasts for one run
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
CONCURRENT_REQUESTS = 64
# talkscraper.fetch.politeness paces requests by host, across processes; Scrapy's slots would delay them twice
CONCURRENT_REQUESTS_PER_DOMAIN = 64
DOWNLOAD_DELAY = 0
AUTOTHROTTLE_ENABLED = False

# --- the request ----------------------------------------------------------------------------------------------------
# no zstd: readers of WARC files can't decode it
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
}
COOKIES_ENABLED = False
# by talkscraper.fetch.robots, which follows RFC 9309 on errors, size, redirects and crawl-delay; Scrapy's doesn't
ROBOTSTXT_OBEY = True
HTTPPROXY_ENABLED = False
HTTPCACHE_ENABLED = False

# the built-in components that are used. Scrapy loads each one that it is to leave out, too: its remote control with a
# web server, its cookies with an HTTP client
DOWNLOADER_MIDDLEWARES_BASE = {
    # without: cookies, login, proxies, cache; what talkscraper.fetch does; figures (talkscraper.monitor.run_report)
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
}
DOWNLOADER_MIDDLEWARES = {
    "talkscraper.fetch.robots.RobotsMiddleware": 100,
    # one place for 429 and 503, nearer to the wire than Scrapy's retries
    "talkscraper.fetch.backoff.BackOffMiddleware": 560,
    "talkscraper.fetch.decompression.DecodingMiddleware": 590,
    # keeps redirects on their source's hosts
    "talkscraper.fetch.redirects.PoliteRedirectMiddleware": 600,
}
RETRY_TIMES = 1
# the failure is logged once, when the frontier's row is settled
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]
REDIRECT_MAX_TIMES = 10
# first pause in seconds of a host that answers 429 or 503 without Retry-After; number of repetitions of one request
TALKSCRAPER_BACKOFF_S = 30.0
TALKSCRAPER_BACKOFF_TRIES = 2
# a pause of more seconds ends the host's part in the run
TALKSCRAPER_PATIENCE_S = 60.0

# --- the wire -------------------------------------------------------------------------------------------------------
# http and https go through the capturing, guarded handler (set by the add-on); there are no others
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = True

# --- the response ---------------------------------------------------------------------------------------------------
# none of the built-in ones: responses of every status are archived; no Referer is sent, which would disclose the
# crawl's path; long addresses are refused before (talkscraper.urls.canonical.MAX_URL_LENGTH); there is no depth
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
# callbacks yield only requests, which are queued: one task per response is enough; Scrapy's default is a hundred
CONCURRENT_ITEMS = 1
MEMUSAGE_ENABLED = True
MEMUSAGE_LIMIT_MB = 2048

# --- the archive ----------------------------------------------------------------------------------------------------
# None: TALKSCRAPER_ARCHIVE in the environment, else archive/ here
TALKSCRAPER_ARCHIVE = None
# minimum number of free megabytes on its disk; None: 512, or a twentieth of a disk smaller than 10 GiB
TALKSCRAPER_MIN_FREE_MB = None

# --- logging -------------------------------------------------------------------------------------------------------
LOG_LEVEL = "INFO"
# 'talkscraper crawl' installs a handler of its own
LOG_INSTALL_ROOT_HANDLER = True
LOG_SHORT_NAMES = False
LOG_FORMATTER = "talkscraper.crawl.log_formatter.QuietFormatter"
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
STATS_DUMP = False
# neither remote control nor telnet console, which execute Python
EXTENSIONS_BASE = {
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
}
LOGSTATS_INTERVAL = 0.0
