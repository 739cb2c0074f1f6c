"""What schools have and lack: assets, labels, tickets, the equipment floor, coverage."""
