"""Every Scrapy setting of a crawl, in the order in which data meets it.

``talkscraper crawl`` and ``scrapy crawl`` both read this file. What differs from one newsroom to the next (delay,
budgets, requisites, recrawl) stands in sources.toml, not here.
"""

# --- who we are -----------------------------------------------------------------------------------------------------
BOT_NAME = "talkscraper"
SPIDER_MODULES = ["talkscraper.spiders"]
NEWSPIDER_MODULE = "talkscraper.spiders"
# the real User-Agent carries the contact of sources.toml; the add-on writes it when it has read that file
USER_AGENT = "talkscraper"

# capture, extraction and storage: this one line is all that another Scrapy project needs
ADDONS = {"talkscraper.ArchiveAddon": 0}

# --- the process: nothing listens, nothing is left behind -----------------------------------------------------------
# since 2.19 Scrapy opens an HTTP port on localhost that executes Python
REMOTE_CONTROL_ENABLED = False
TELNETCONSOLE_ENABLED = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# JOBDIR and its disk queues don't survive kill -9; the frontier in talkscraper.db does
JOBDIR = None

# --- what is fetched next -------------------------------------------------------------------------------------------
# the frontier knows every address once; Scrapy's own filter would only forget it at the end of the run
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
CONCURRENT_REQUESTS = 64
# hosts are paced by talkscraper.fetch.politeness, across processes; Scrapy's slots would only wait a second time
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
# by a middleware of ours, which follows RFC 9309 on errors, size, redirects and crawl-delay where Scrapy's doesn't
ROBOTSTXT_OBEY = True
HTTPPROXY_ENABLED = False
HTTPCACHE_ENABLED = False

# built-in parts whose work is done elsewhere, or not at all, are off: each would be asked about every request
DOWNLOADER_MIDDLEWARES = {
    # requests and redirects keep to their source's hosts by rules of ours, and there is no login
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    # the run's own figures are kept by talkscraper.monitor.run_report
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,
    "talkscraper.fetch.robots.RobotsMiddleware": 100,
    # one place for 429 and 503, nearer to the wire than Scrapy's retries
    "talkscraper.fetch.backoff.BackOffMiddleware": 560,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "talkscraper.fetch.decompression.DecodingMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "talkscraper.fetch.redirects.PoliteRedirectMiddleware": 600,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
}
RETRY_TIMES = 1
# the frontier tells of it, once
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]
REDIRECT_MAX_TIMES = 10
# the first pause for a host that answers 429 or 503 without saying for how long, and how often one request is repeated
TALKSCRAPER_BACKOFF_S = 30.0
TALKSCRAPER_BACKOFF_TRIES = 2
# a pause that is longer ends the host's part in the run
TALKSCRAPER_PATIENCE_S = 60.0

# --- the wire -------------------------------------------------------------------------------------------------------
# http and https go through the capturing, guarded handler (set by the add-on); there are no others
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_FAIL_ON_DATALOSS = True

# --- the answer -----------------------------------------------------------------------------------------------------
SPIDER_MIDDLEWARES = {
    # every status is an answer, and archived
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    # which page led to another is nobody's business
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,
    # frontier, requisites and redirects refuse long addresses (talkscraper.urls.canonical.MAX_URL_LENGTH)
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
    # the frontier has no depth: what is fetched is what a seed names
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    # nothing tells first requests from others, and none is made by copying a response's meta
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
# what a callback yields is requests, which are only queued: one worker for each answer, where Scrapy starts a hundred
CONCURRENT_ITEMS = 1
MEMUSAGE_ENABLED = True
MEMUSAGE_LIMIT_MB = 2048

# --- the archive ----------------------------------------------------------------------------------------------------
# None: TALKSCRAPER_ARCHIVE in the environment, else archive/ here
TALKSCRAPER_ARCHIVE = None
# megabytes that must stay free on its disk
TALKSCRAPER_MIN_FREE_MB = 512

# --- what is said ---------------------------------------------------------------------------------------------------
LOG_LEVEL = "INFO"
# talkscraper crawl has a handler of its own
LOG_INSTALL_ROOT_HANDLER = True
LOG_SHORT_NAMES = False
LOG_FORMATTER = "talkscraper.crawl.logs.QuietFormatter"
STATS_CLASS = "scrapy.statscollectors.DummyStatsCollector"
STATS_DUMP = False
EXTENSIONS = {
    "scrapy.extensions.corestats.CoreStats": None,
    "scrapy.extensions.logcount.LogCount": None,
}
LOGSTATS_INTERVAL = 0.0
