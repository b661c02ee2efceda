"""The preview page of a watch: it shows the movie and the state of its blocks in the browser.

This package needs Starlette and uvicorn (``pip install 'incremental_parsave[preview]'``).
"""
