"""Inserts data frames with Spark for crewdesk, or any engine with Camunda 7's REST API.

| module     | is                                                                        |
|------------|---------------------------------------------------------------------------|
| settings   | what the worker's operator says, from the environment                     |
| desk       | the REST calls that the external-task client does not make                |
| watch      | a thread that renews the lock and tells progress while Spark works        |
| connection | which database: by name from the operator's file, or as the form says     |
| table      | what a table is: columns, what each takes, keys                           |
| database   | the database over JDBC: describe, stage, publish, ledger                  |
| frame      | the data frame: a location, a query, or a script                          |
| intake     | which column goes where, whether each value fits, and the checksum        |
| report     | facts, verdict, refusals: the same names and JSON as the built-in worker  |
| insertion  | the way of one external task through all of these                         |
"""
