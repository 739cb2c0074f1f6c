"""Who exists: regions, boards, schools, buildings, headcounts; people, roles, sessions; who is told what."""
