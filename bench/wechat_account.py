"""The account whose pushes are measured. Made up, and the same for all peers."""

APP_ID = "wx0123456789abcdef"
TOKEN = "measuredtoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
