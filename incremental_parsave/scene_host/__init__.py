"""The process in which the script runs: started by the supervisor, statement by statement."""
