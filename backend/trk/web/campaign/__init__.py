"""What entrants see: the campaign's page, on its own or in a frame of a customer's page."""
