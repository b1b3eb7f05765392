"""A third engine, WebKit: all call shapes, and ten scenarios of a customer's page.

Not by Playwright, whose WebKit is a changed one that Debian does not have, but by Debian's own and
WebDriver, the standard way to drive a browser as it is.
"""
