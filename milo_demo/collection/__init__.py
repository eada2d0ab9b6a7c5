"""Collections: thousands of clips analysed, kept in folders and tables, and asked.

`batch` makes and extends one, `finding` asks it. A collection is a folder (see `place`); nothing of it is hidden: a
folder for each clip, as `analyse` leaves it, and Parquet tables that anything can read (see `tables`).
"""
