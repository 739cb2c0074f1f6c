"""What schools may have: money by rule, choices, purchase orders, receipts."""
