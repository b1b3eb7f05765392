"""The SDK: builds and minifies trk.js, and prints the snippets that embed it."""
