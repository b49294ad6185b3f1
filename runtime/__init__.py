"""How Tienda runs on a machine: its environment, its database server, its processes, its checks. No tables, no shop."""
