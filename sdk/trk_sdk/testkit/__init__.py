"""A test kit for teams whose pages push: a real backend as a process, real browsers, real waits."""
