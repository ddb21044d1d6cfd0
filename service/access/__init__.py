"""Who is calling: keys, walls, sealed secrets, the door of every HTTP edge and what it says when it stays shut."""
