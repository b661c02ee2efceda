"""The page in the browser that shows a watch: the movie, its blocks, and what becomes of them.

Needs Starlette and uvicorn (``pip install 'incremental_parsave[preview]'``).
"""
