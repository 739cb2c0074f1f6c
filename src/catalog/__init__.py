"""What can be bought: suppliers, products and prices, bundles with their trainings, taxes."""
