"""Mail without an account: two mail servers, a page that is the customer's mail program, and a gateway that answers."""
