"""What entrants see: the campaign's page, also in a frame of a customer's page."""
