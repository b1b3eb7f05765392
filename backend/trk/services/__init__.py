"""What can be done, written once for the pages, the API and the command line."""
